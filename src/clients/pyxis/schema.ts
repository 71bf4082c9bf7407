/** Shapes of the catalogue's records: repositories, and images by architecture (behaviour/freshmaker 7.2, 9.4). */
import { z } from 'zod'
import type {
  CatalogueRepository,
  Image,
  ImageRepository,
  InstalledRpm,
} from '../../domain/rebuild/images/image.ts'
import { parseNvra, srpmNevraToNvr, tryParseNvr } from '../../domain/rebuild/images/nvr.ts'

const texts = z
  .array(z.string().nullable())
  .nullish()
  .transform((list) => (list ?? []).filter((text) => text !== null))

/** The `error` next to the data of a 200. */
const errorSchema = z.object({ status: z.number().nullish(), detail: z.string().nullish() }).nullish()

/** A record of `find_repositories`. */
export const repositorySchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish(),
    release_categories: texts,
    auto_rebuild_tags: z.array(z.string()).nullish(),
  })
  .transform(
    ({ registry, repository, published, release_categories, auto_rebuild_tags }): CatalogueRepository => ({
      registry,
      repository,
      published: published ?? false,
      releaseCategories: release_categories,
      autoRebuildTags: auto_rebuild_tags ?? null,
    }),
  )

const offeredSchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish(),
    tags: z.array(z.object({ name: z.string() })).nullish(),
  })
  .transform(
    ({ published, tags, ...place }): ImageRepository => ({
      ...place,
      published: published ?? false,
      tags: (tags ?? []).map(({ name }) => name),
    }),
  )

const rpmSchema = z
  .object({
    name: z.string(),
    nvra: z.string(),
    srpm_name: z.string().nullish(),
    srpm_nevra: z.string().nullish(),
  })
  .transform(({ name, nvra, srpm_name, srpm_nevra }): InstalledRpm | null => {
    const parsed = whenParsable(() => parseNvra(nvra))
    const srpmNvr = srpm_nevra ? whenParsable(() => srpmNevraToNvr(srpm_nevra)) : null
    return parsed && { name, nvr: parsed.nvr, arch: parsed.arch, srpmName: srpm_name ?? null, srpmNvr }
  })

const manifestSchema = z
  .object({ data: z.object({ rpms: z.array(rpmSchema).nullish() }).nullish(), error: errorSchema })
  .nullish()

/** A record of `find_images`: one architecture of an image. `brew` is null for images not built in Koji (Konflux). */
export const imageRecordSchema = z
  .object({
    architecture: z.string().nullish(),
    brew: z.object({ build: z.string().nullish(), package: z.string().nullish() }).nullish(),
    content_sets: texts,
    parent_brew_build: z.string().nullish(),
    parsed_data: z
      .object({ labels: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish() })
      .nullish(),
    repositories: z.array(offeredSchema).nullish(),
    edges: z.object({ rpm_manifest: manifestSchema }).nullish(),
  })
  .transform((wire) => ({
    nvr: wire.brew?.build ?? null,
    arch: kojiArch(wire.architecture),
    contentSets: wire.content_sets,
    parentBrewBuild: wire.parent_brew_build || null,
    labels: Object.fromEntries(
      (wire.parsed_data?.labels ?? []).map(({ name, value }) => [name, value ?? '']),
    ),
    repositories: wire.repositories ?? [],
    // An entry without an architecture is a signing key, not a package.
    rpms: wire.edges?.rpm_manifest?.data?.rpms?.filter((rpm) => rpm !== null) ?? null,
    manifestError: wire.edges?.rpm_manifest?.error ?? null,
  }))
export type ImageRecord = z.output<typeof imageRecordSchema>

/** A page of either kind. `total` is missing if the query omits it, because counting is expensive. */
export function pageSchema<T extends z.ZodType>(record: T) {
  return z.object({ data: z.array(record).nullish(), error: errorSchema, total: z.number().int().nullish() })
}

/** The image with only this record's architecture; null if the record has no valid build NVR. */
export function toImage(record: ImageRecord): Image | null {
  const parsed = record.nvr === null ? null : tryParseNvr(record.nvr)
  if (record.nvr === null || !parsed) return null
  const { name, version, release } = parsed
  const { nvr, arch, contentSets, parentBrewBuild, labels, repositories, rpms } = record
  return {
    nvr,
    name,
    version,
    release,
    arches: [arch],
    contentSets,
    parentBrewBuild,
    labels,
    repositories,
    rpms,
  }
}

// The catalogue uses Docker's names. According to its schema, no name means amd64.
const KOJI_ARCHES: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64', '386': 'i686' }

function kojiArch(architecture: string | null | undefined): string {
  const name = architecture || 'amd64'
  return KOJI_ARCHES[name] ?? name
}

function whenParsable<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}
