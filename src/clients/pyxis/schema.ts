/** Shapes of the catalogue's records (behaviour/freshmaker 7.2, 9.4), turned into one record for an image and architecture. */
import { z } from 'zod'
import type {
  CatalogueRepository,
  Image,
  ImageRepository,
  InstalledRpm,
} from '../../domain/rebuild/images/image.ts'
import { epochOf, parseNvra, srpmNevraToNvr, tryParseNvr } from '../../domain/rebuild/images/nvr.ts'

/** The readable items of a list; a list that is missing or of another kind is empty. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item.nullable().catch(null))
    .nullish()
    .catch(null)
    .transform((list) => (list ?? []).flatMap((entry) => (entry === null ? [] : [entry])))
}

const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const texts = listOf(z.string())

/** `error` beside the data of a 200. */
const errorSchema = z.object({ status: z.number().nullish(), detail: z.string().nullish() }).nullish()

/** A record of `find_repositories`; null when it cannot be read. */
export const repositorySchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: flag,
    release_categories: texts,
    auto_rebuild_tags: texts.nullish(),
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
  .nullable()
  .catch(null)

const offeredSchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: flag,
    tags: listOf(z.object({ name: z.string() })),
  })
  .transform(
    ({ published, tags, ...place }): ImageRepository => ({
      ...place,
      published: published ?? false,
      tags: tags.map(({ name }) => name),
    }),
  )

const rpmSchema = z.object({
  name: z.string(),
  nvra: z.string(),
  srpm_name: text,
  srpm_nevra: text,
})

/** RPM records read one by one. A package without an architecture is a signing key, not software. */
const rpmsSchema = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((records) => {
    if (!records) return null
    const read = records.map((record) => rpmSchema.safeParse(record))
    return {
      rpms: read.flatMap((record) => (record.success ? (toRpm(record.data) ?? []) : [])),
      unreadable: read.filter((record) => !record.success).length,
    }
  })

function toRpm({ name, nvra, srpm_name, srpm_nevra }: z.output<typeof rpmSchema>): InstalledRpm | null {
  const parsed = whenParsable(() => parseNvra(nvra))
  const srpmNvr = srpm_nevra ? whenParsable(() => srpmNevraToNvr(srpm_nevra)) : null
  const epoch = srpm_nevra ? epochOf(srpm_nevra) : null
  return parsed && { name, nvr: parsed.nvr, arch: parsed.arch, srpmName: srpm_name ?? null, srpmNvr, epoch }
}

const manifestSchema = z
  .object({ data: z.object({ rpms: rpmsSchema }).nullish().catch(null), error: errorSchema })
  .nullish()

const wireImageSchema = z
  .object({
    architecture: text,
    brew: z.object({ build: text, package: text }).nullish(),
    content_sets: texts,
    parent_brew_build: text,
    parsed_data: z
      .object({ labels: listOf(z.object({ name: z.string(), value: text })) })
      .nullish()
      .catch(null),
    repositories: listOf(offeredSchema),
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
    repositories: wire.repositories,
    rpms: wire.edges?.rpm_manifest?.data?.rpms?.rpms ?? null,
    unreadableRpms: wire.edges?.rpm_manifest?.data?.rpms?.unreadable ?? 0,
    manifestError: wire.edges?.rpm_manifest?.error ?? null,
    /** Why the whole record cannot be used; null when it can. */
    fault: null as string | null,
  }))

/**
 * A record of `find_images`: one architecture of an image. `brew` is null for images built elsewhere (Konflux). One that
 * cannot be read is kept with its fault, so that it is accounted for.
 */
export const imageRecordSchema = z.unknown().transform((raw): z.output<typeof wireImageSchema> => {
  const read = wireImageSchema.safeParse(raw)
  if (read.success) return read.data
  const named = z.object({ brew: z.object({ build: z.string() }) }).safeParse(raw)
  const [issue] = read.error.issues
  const fault = `its record in the catalogue cannot be read at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`
  return { ...wireImageSchema.parse({}), nvr: named.data?.brew.build ?? null, fault }
})
export type ImageRecord = z.output<typeof imageRecordSchema>

/** A page of either kind. `total` is null where the query leaves it out, since counting is expensive. */
export function pageSchema<T extends z.ZodType>(record: T) {
  return z.object({ data: z.array(record).nullish(), error: errorSchema, total: z.number().int().nullish() })
}

/** The record's part of an image; null when it names no build of ours. */
export function toImage(record: ImageRecord): Image | null {
  const parsed = record.nvr === null || record.fault !== null ? null : tryParseNvr(record.nvr)
  if (record.nvr === null || !parsed) return null
  const { name, version, release } = parsed
  const { nvr, arch, contentSets, parentBrewBuild, labels, repositories, rpms, unreadableRpms } = record
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
    ...(unreadableRpms > 0 && { unreadableRpms }),
  }
}

// The catalogue uses Docker's names. By its schema, a missing name means the most common one.
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
