/** Shapes of the catalogue's records (behaviour/freshmaker 7.2, 9.4), turned into one record for an image and architecture. */
import { z } from 'zod'
import type { CatalogueRepository, Image, InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { epochOf, parseNvra, srpmNevraToNvr, tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { below, optionalRecordsOf, type Records, type Unreadable } from '../../lib/records.ts'

const text = z.string().nullish().catch(null)
const texts = optionalRecordsOf(z.string())

/** `error`, which accompanies the data of a 200. */
const errorSchema = z.object({ status: z.number().nullish(), detail: z.string().nullish() }).nullish()
/** The status is required: an error of one record without it carries no information. */
const manifestErrorSchema = z.object({ status: z.number(), detail: text }).nullish()

/** A list with entries of which none can be read counts as unreadable, not as empty. */
const knownTexts = texts.refine(({ read, unreadable }) => read.length > 0 || unreadable.length === 0, {
  message: 'cannot be read',
})

const wireRepositorySchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish(),
    release_categories: knownTexts,
    auto_rebuild_tags: knownTexts.nullish(),
  })
  .transform(
    ({ registry, repository, published, release_categories, auto_rebuild_tags }): CatalogueRepository => ({
      registry,
      repository,
      published: published ?? false,
      releaseCategories: release_categories.read,
      autoRebuildTags: auto_rebuild_tags?.read ?? null,
    }),
  )

/** A record of `find_repositories`. One that cannot be read has its fault, and its name as far as that can be read. */
export type RepositoryRecord =
  | { repository: CatalogueRepository; unreadable: [] }
  | { repository: null; shown: string; unreadable: [Unreadable] }

/** Reads a record of `find_repositories`; nothing is refused. */
export const repositorySchema = z.unknown().transform((raw): RepositoryRecord => {
  const read = wireRepositorySchema.safeParse(raw)
  if (read.success) return { repository: read.data, unreadable: [] }
  const named = z.object({ registry: text, repository: text }).safeParse(raw).data
  const shown = `repository ${named?.registry ?? '?'}/${named?.repository ?? '?'}`
  return { repository: null, shown, unreadable: [faultOf(read.error)] }
})

function faultOf(error: z.ZodError): Unreadable {
  const [issue] = error.issues
  return { path: issue?.path.join('.') ?? '', message: issue?.message ?? '' }
}

const offeredSchema = z
  .object({
    registry: z.string(),
    repository: z.string(),
    published: z.boolean().nullish(),
    tags: optionalRecordsOf(z.object({ name: z.string() })),
  })
  .transform(({ published, tags, ...place }) => ({
    place: { ...place, published: published ?? false, tags: tags.read.map(({ name }) => name) },
    unreadable: tags.unreadable,
  }))

const rpmSchema = z
  .object({ name: z.string(), nvra: z.string(), srpm_name: text, srpm_nevra: text })
  .transform(({ name, nvra, srpm_name, srpm_nevra }, check): InstalledRpm => {
    const parsed = whenParsable(() => parseNvra(nvra))
    if (parsed?.name !== name) {
      const message = 'is not the name-version-release.arch of an RPM with this name'
      check.addIssue({ code: 'custom', path: ['nvra'], message })
      return z.NEVER
    }
    const srpmNvr = srpm_nevra ? whenParsable(() => srpmNevraToNvr(srpm_nevra)) : null
    const epoch = srpm_nevra ? epochOf(srpm_nevra) : null
    return { name, nvr: parsed.nvr, arch: parsed.arch, srpmName: srpm_name ?? null, srpmNvr, epoch }
  })

/** Signing keys are listed as RPMs with this name and without an architecture. */
const SIGNING_KEY = 'gpg-pubkey'

/** A record of an RPM that cannot be read. Null: its name cannot be read either, so it may be any RPM. */
type UnreadableRpm = Unreadable & { name: string | null }

/** Reads a record of an RPM; nothing is refused. Null: a signing key, which is not software. */
const rpmRecordSchema = z.unknown().transform((raw): InstalledRpm | UnreadableRpm | null => {
  const read = rpmSchema.safeParse(raw)
  if (read.success) return read.data.name === SIGNING_KEY ? null : read.data
  const name = z.object({ name: z.string() }).safeParse(raw).data?.name ?? null
  return name === SIGNING_KEY ? null : { ...faultOf(read.error), name }
})

/** A missing list is null. */
const rpmsSchema = optionalRecordsOf(rpmRecordSchema)
  .transform(({ read, unreadable }) => ({
    rpms: read.flatMap((rpm) => (rpm && 'nvr' in rpm ? [rpm] : [])),
    unreadable: [
      ...unreadable.map((fault): UnreadableRpm => ({ ...fault, name: null })),
      ...read.flatMap((rpm, index): UnreadableRpm[] =>
        rpm && 'message' in rpm ? [{ ...rpm, path: below(String(index), rpm.path) }] : [],
      ),
    ],
  }))
  .nullish()

const manifestSchema = z
  .object({ data: z.object({ rpms: rpmsSchema }).nullish().catch(null), error: manifestErrorSchema })
  .nullish()

const wireImageSchema = z
  .object({
    architecture: z.string().nullish(),
    brew: z.object({ build: z.string().nullish() }).nullish(),
    content_sets: texts,
    parent_brew_build: text,
    parsed_data: z
      .object({ labels: optionalRecordsOf(z.object({ name: z.string(), value: text })) })
      .nullish()
      .catch(null),
    repositories: optionalRecordsOf(offeredSchema),
    edges: z.object({ rpm_manifest: manifestSchema }).nullish(),
  })
  .transform((wire) => ({
    nvr: wire.brew?.build ?? null,
    arch: kojiArch(wire.architecture),
    contentSets: wire.content_sets.read,
    parentBrewBuild: wire.parent_brew_build || null,
    labels: Object.fromEntries(
      (wire.parsed_data?.labels.read ?? []).map(({ name, value }) => [name, value ?? '']),
    ),
    repositories: wire.repositories.read.map(({ place }) => place),
    rpms: wire.edges?.rpm_manifest?.data?.rpms?.rpms ?? null,
    unreadableRpms: wire.edges?.rpm_manifest?.data?.rpms?.unreadable ?? [],
    /** Places, tags and content sets that cannot be read. */
    unreadableOffers: unreadableOffers(wire).length,
    manifestError: wire.edges?.rpm_manifest?.error ?? null,
    /** Why the whole record cannot be used; null when it can. */
    fault: null as string | null,
    unreadable: [...unreadableOffers(wire), ...(wire.edges?.rpm_manifest?.data?.rpms?.unreadable ?? [])],
  }))

function unreadableOffers(wire: {
  content_sets: Records<string>
  repositories: Records<{ unreadable: Unreadable[] }>
}): Unreadable[] {
  const inPlaces = wire.repositories.read.flatMap(({ unreadable }) => unreadable)
  return [...wire.content_sets.unreadable, ...wire.repositories.unreadable, ...inPlaces]
}

/**
 * A record of `find_images`: one architecture of an image. `brew` is null for images built elsewhere (Konflux). One that
 * cannot be read is kept with its fault, and with its name and places as far as they can be read.
 */
export const imageRecordSchema = z.unknown().transform((raw): z.output<typeof wireImageSchema> => {
  const read = wireImageSchema.safeParse(raw)
  if (read.success) return read.data
  const { path, message } = faultOf(read.error)
  const named = z.object({ brew: z.object({ build: z.string() }) }).safeParse(raw)
  const placed = z.object({ repositories: z.unknown() }).safeParse(raw)
  const parts = wireImageSchema.parse({ repositories: placed.data?.repositories })
  const fault = `its record in the catalogue cannot be read at '${path}': ${message}`
  return { ...parts, nvr: named.data?.brew.build ?? null, fault, unreadable: [{ path, message }] }
})
export type ImageRecord = z.output<typeof imageRecordSchema>

/**
 * A page of either kind. `total` is null where the query leaves it out, since counting is expensive; `page_size` is smaller than
 * requested where the catalogue gives no larger pages.
 */
export function pageSchema<T extends z.ZodType>(record: T) {
  return z.object({
    data: z.array(record).nullish(),
    error: errorSchema,
    total: z.number().int().nullish(),
    page_size: z.number().int().min(1).nullish().catch(null),
  })
}

/** The record's part of an image; null when it names none of our builds. */
export function toImage(record: ImageRecord): Image | null {
  const parsed = record.nvr === null || record.fault !== null ? null : tryParseNvr(record.nvr)
  if (record.nvr === null || !parsed) return null
  const { name, version, release } = parsed
  const { nvr, arch, contentSets, parentBrewBuild, labels, repositories, rpms } = record
  const { unreadableRpms: unread, unreadableOffers } = record
  const unreadableRpms = unread.length
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
    ...(unreadableOffers > 0 && { unreadableOffers }),
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
