/** Shapes of the catalogue's REST answers (behaviour/freshmaker 9.5), read record by record. */
import { z } from 'zod'
import type {
  DigestImage,
  DigestPlace,
  IndexImage,
  ListedBundle,
} from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { recordsOf } from '../../lib/records.ts'

/** A page of a list; `data` that is missing is empty. */
export function pageOf<S extends z.ZodType>(record: S) {
  return z
    .object({ data: recordsOf(record).nullish(), total: z.number().int().nullish().catch(null) })
    .transform(({ data, total }) => ({ ...(data ?? { read: [], unreadable: [] }), total: total ?? null }))
}

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value || null)

/** The readable items of a list; a list that is missing or of another kind is empty. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item.nullable().catch(null))
    .nullish()
    .catch(null)
    .transform((list) => (list ?? []).flatMap((entry) => (entry === null ? [] : [entry])))
}

const placeSchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish().catch(null),
    manifest_list_digest: text,
    manifest_schema2_digest: text,
    tags: listOf(z.object({ name: z.string() })),
  })
  .transform(
    ({ registry, repository, published, tags, ...digests }): DigestPlace => ({
      registry,
      repository,
      published: published ?? false,
      tags: tags.map(({ name }) => name),
      listDigest: digests.manifest_list_digest,
      manifestDigest: digests.manifest_schema2_digest,
    }),
  )

/** A record of `images`, which is one architecture of an image; `nvr` is null for images built elsewhere. */
export const imageSchema = z
  .object({
    brew: z.object({ build: text }).nullish(),
    parsed_data: z
      .object({ labels: listOf(z.object({ name: z.string(), value: text })) })
      .nullish()
      .catch(null),
    repositories: listOf(placeSchema),
  })
  .transform(({ brew, parsed_data, repositories }) => ({
    nvr: brew?.build ?? null,
    labels: Object.fromEntries((parsed_data?.labels ?? []).map(({ name, value }) => [name, value ?? ''])),
    places: repositories,
  }))
export type ImageRecord = z.output<typeof imageSchema>

/** The image of an NVR, its architectures united: they differ in digests alone. */
export function uniteArches(nvr: string, records: readonly ImageRecord[]): DigestImage {
  return {
    nvr,
    labels: Object.assign({}, ...records.toReversed().map(({ labels }) => labels)),
    places: records.flatMap(({ places }) => places),
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
  .object({ auto_rebuild_tags: listOf(z.string()) })
  .transform(({ auto_rebuild_tags }) => auto_rebuild_tags)
