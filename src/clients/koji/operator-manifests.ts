/** Reads what the build system recorded about operator bundles: the images they refer to, and their manifests (behaviour/koji 6). */
import { unzipSync } from 'fflate'
import { parse } from 'yaml'
import { z } from 'zod'
import type { RelatedImages } from '../../domain/rebuild/discover/bundles/judge.ts'
import { isTransient, messageOf, UpstreamError } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { optionalRecordsOf } from '../../lib/records.ts'
import { filesPath } from './files-path.ts'
import { calls } from './hub/calls.ts'
import { readMany, readOne, throwTrouble } from './hub/checked.ts'
import type { Reads } from './hub/reads.ts'
import { buildSchema, type KojiBuild } from './schemas/builds.ts'

const pullspecSchema = z.object({
  new: z.string().min(1),
  original: z.string().min(1),
  pinned: z
    .boolean()
    .nullish()
    .transform((pinned) => pinned ?? false),
})

const relatedSchema = z
  .object({
    created_by_osbs: z.unknown(),
    pullspecs: optionalRecordsOf(pullspecSchema),
  })
  .transform(({ created_by_osbs, pullspecs }) => ({
    createdByOsbs: created_by_osbs === true,
    pullspecs: pullspecs.read,
    unreadable: pullspecs.unreadable,
  }))

/** `getBuild`, cut to the related images; null for an unknown build. */
const bundleBuildSchema = z
  .object({
    extra: z.object({
      image: z.object({ operator_manifests: z.object({ related_images: relatedSchema }) }),
    }),
  })
  .transform(({ extra }) => extra.image.operator_manifests.related_images)
  .catch({ createdByOsbs: false, pullspecs: [], unreadable: [] })
  .nullable()

/** The images each bundle refers to, or why they are not known. Rejects when the hub or our account is in trouble. */
export async function readRelatedImages(
  reads: Reads,
  nvrs: readonly string[],
): Promise<Map<string, RelatedImages>> {
  const builds = throwTrouble(await readMany(reads, [...new Set(nvrs)], calls.build, bundleBuildSchema))
  return new Map(
    builds.map(([nvr, result]): [string, RelatedImages] => {
      if (!result.ok) return [nvr, { fault: `Koji cannot show its build: ${result.error.message}` }]
      return [nvr, result.value ?? { fault: 'Koji has no build of it' }]
    }),
  )
}

/** The ClusterServiceVersion of a bundle; absent values are null. */
export type BundleCsv = { name: string | null; version: string | null; substitutesFor: string | null }

const CSV_FILE = /\.(clusterserviceversion|csv)\.yaml$/
/** What a proxy answers in place of the server of the files; no archive is text. */
const PAGE = /^\s*</
const MAX_CSV_BYTES = 16 * 1024 * 1024

const optionalText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value || null)
const csvSchema = z
  .object({
    metadata: z.object({
      name: optionalText,
      annotations: z.object({ 'olm.substitutesFor': optionalText }).nullish().catch(null),
    }),
    spec: z.object({ version: optionalText }).nullish().catch(null),
  })
  .transform(
    ({ metadata, spec }): BundleCsv => ({
      name: metadata.name,
      version: spec?.version ?? null,
      substitutesFor: metadata.annotations?.['olm.substitutesFor'] ?? null,
    }),
  )

/** The CSV of a bundle, or why there is none that can be read. Rejects when the hub, its files or our account are in trouble. */
export async function readBundleCsv(
  reads: Reads,
  files: HttpClient | undefined,
  nvr: string,
): Promise<BundleCsv | { fault: string }> {
  try {
    const build = await readOne(reads, calls.build(nvr), buildSchema)
    return build ? await readArchive(files, build) : { fault: 'Koji has no build of it' }
  } catch (error) {
    if (isTransient(error)) throw error
    return { fault: `its manifests in Koji cannot be read: ${messageOf(error)}` }
  }
}

async function readArchive(
  files: HttpClient | undefined,
  build: KojiBuild,
): Promise<BundleCsv | { fault: string }> {
  const archive = build.operatorManifestsArchive
  if (archive === null) return { fault: 'its build in Koji has no archive of operator manifests' }
  if (!files) return { fault: 'its manifests in Koji cannot be read: KOJI_TOP_URL is not set' }
  const path = filesPath(build, ['files', 'operator-manifests', archive])
  const { status, bytes, text } = await files.text({ path, accept: [404] })
  if (status === 404) return { fault: `its archive of operator manifests is missing: ${path}` }
  if (!text.trim() || PAGE.test(text))
    throw new UpstreamError({
      service: 'koji-files',
      failure: 'bad-answer',
      detail: `GET ${path}: not a file`,
    })
  return csvIn(bytes) ?? { fault: `its archive ${archive} has no ClusterServiceVersion` }
}

/** Only the first file with a CSV's name is unpacked, and only if it is not far larger than any real one. */
function csvIn(zip: Uint8Array): BundleCsv | null {
  let found: string | undefined
  const unpacked = unzipSync(zip, {
    filter: ({ name, originalSize }) => {
      if (found !== undefined || !CSV_FILE.test(name) || originalSize > MAX_CSV_BYTES) return false
      found = name
      return true
    },
  })
  const bytes = found === undefined ? undefined : unpacked[found]
  if (!bytes) return null
  return csvSchema.parse(parse(new TextDecoder().decode(bytes), { maxAliasCount: 100 }))
}
