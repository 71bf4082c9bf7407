/** Shapes of the catalogue's REST answers (behaviour/freshmaker 9.5), read record by record. */
import { z } from 'zod'
import type {
  DigestImage,
  DigestPlace,
  IndexImage,
  ListedBundle,
} from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { idsOf } from '../../lib/http/whole-list.ts'
import { below, optionalRecordsOf, recordsOf, type Unreadable } from '../../lib/records.ts'

/** A page of a list; `data` of null is empty. One that is missing is not: the answer may be that of a proxy. */
export function pageOf<S extends z.ZodType>(record: S) {
  const list = recordsOf(record)
  return z
    .object({ data: z.array(z.unknown()).nullable(), total: z.number().int().nullish().catch(null) })
    .transform(({ data, total }) => ({
      ...list.parse(data ?? []),
      ids: idsOf(data ?? []),
      total: total ?? null,
    }))
}

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value || null)

const placeSchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish().catch(null),
    manifest_list_digest: text,
    manifest_schema2_digest: text,
    tags: optionalRecordsOf(z.object({ name: z.string() })),
  })
  .transform(({ registry, repository, published, tags, ...digests }) => ({
    place: {
      registry,
      repository,
      published: published ?? false,
      tags: tags.read.map(({ name }) => name),
      listDigest: digests.manifest_list_digest,
      manifestDigest: digests.manifest_schema2_digest,
    } satisfies DigestPlace,
    unreadable: under('tags', tags.unreadable),
  }))

const brewSchema = z.object({ build: text }).nullish()

/** A record of `images` where only its NVR counts; null for images built elsewhere. */
export const nvrSchema = z.object({ brew: brewSchema }).transform(({ brew }) => brew?.build ?? null)

const labelsSchema = optionalRecordsOf(z.object({ name: z.string(), value: text }))
const NOT_AN_OBJECT = { labels: { read: [], unreadable: [{ path: '', message: 'is not in an object' }] } }

/** A record of `images`, which is one architecture of an image; labels, places and tags that cannot be read affect only themselves. */
export const imageSchema = z
  .object({
    brew: brewSchema,
    parsed_data: z.object({ labels: labelsSchema }).nullish().catch(NOT_AN_OBJECT),
    repositories: optionalRecordsOf(placeSchema),
  })
  .transform(({ brew, parsed_data, repositories }) => ({
    nvr: brew?.build ?? null,
    labels: Object.fromEntries(
      (parsed_data?.labels.read ?? []).map(({ name, value }) => [name, value ?? '']),
    ),
    places: repositories.read.map(({ place }) => place),
    unreadable: [
      ...under('parsed_data.labels', parsed_data?.labels.unreadable ?? []),
      ...under('repositories', repositories.unreadable),
      ...repositories.read.flatMap(({ unreadable }) => under('repositories', unreadable)),
    ],
  }))
export type RestImageRecord = z.output<typeof imageSchema>

/** The image of an NVR, its architectures merged: they differ in digests alone. */
export function mergeArches(nvr: string, records: readonly RestImageRecord[]): DigestImage {
  return {
    nvr,
    labels: Object.assign({}, ...records.toReversed().map(({ labels }) => labels)),
    places: records.flatMap(({ places }) => places),
    unreadable: records.flatMap(({ unreadable }) => unreadable),
  }
}

/** A record of `operators/indices`. */
export const indexSchema = z
  .object({ path: z.string().min(1), ocp_version: z.string().regex(/^\d+\.\d+$/) })
  .transform(({ path, ocp_version }): IndexImage => ({ path, openshiftVersion: ocp_version }))

/** A record of `operators/bundles`. */
export const bundleSchema = z
  .object({
    bundle_path: text,
    bundle_path_digest: z.string().min(1),
    csv_name: text,
    version_original: z.string(),
  })
  .transform(
    ({ bundle_path, bundle_path_digest, csv_name, version_original }): ListedBundle => ({
      path: bundle_path,
      digest: bundle_path_digest,
      csvName: csv_name,
      version: version_original,
    }),
  )

/** A repository, which comes without a list around it. */
export const repositorySchema = z
  .object({ auto_rebuild_tags: optionalRecordsOf(z.string()) })
  .transform(({ auto_rebuild_tags }) => auto_rebuild_tags)

function under(path: string, unreadable: readonly Unreadable[]): Unreadable[] {
  return unreadable.map((fault) => ({ ...fault, path: below(path, fault.path) }))
}
