/** Shapes of the Errata Tool's answers (behaviour/freshmaker 9.1, behaviour/services 2). */
import { z } from 'zod'
import { rpmFileToNvr, tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { EVERY, leavesOf, member, optionalRecordsOf, recordsOf } from '../../lib/records.ts'

const id = z.number().int()
/** Compared with the requested one where it can be read. */
const optionalId = id.nullish().catch(null)

/** What an advisory has decides whether it matters: a list with nothing readable is not an empty list. */
const contentTypesSchema = optionalRecordsOf(z.string()).refine(
  ({ read, unreadable }) => read.length > 0 || unreadable.length === 0,
  { message: 'cannot be read' },
)

const WITHOUT_ZONE = /^[\d-]+[T ][\d:.]+$/

/** A time that is only shown and compared: one that cannot be read counts as not recorded. Without a zone it is UTC. */
const time = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => {
    const at = new Date(WITHOUT_ZONE.test(text ?? '') ? `${text}Z` : (text ?? ''))
    return Number.isNaN(at.getTime()) ? null : at
  })

/** `/api/v1/erratum/{id}`: a map with one key, the type of the advisory in lower case. */
export const erratumSchema = z
  .object({
    errata: z.record(
      z.string(),
      z.object({
        id,
        fulladvisory: z.string(),
        status: z.string(),
        content_types: contentTypesSchema,
        security_impact: z.string().nullish(),
        actual_ship_date: time,
      }),
    ),
    content: z
      .object({ content: z.object({ cve: z.string().nullish() }).nullish() })
      .nullish()
      .catch(null),
  })
  .transform(({ errata, content }, check) => {
    const [erratum] = Object.values(errata)
    if (!erratum) {
      check.addIssue("no advisory in 'errata'")
      return z.NEVER
    }
    return {
      id: erratum.id,
      name: erratum.fulladvisory,
      state: erratum.status,
      contentTypes: erratum.content_types.read,
      securityImpact: (erratum.security_impact || 'none').toLowerCase(),
      cves: (content?.content?.cve ?? '').split(/\s+/).filter(Boolean),
      shippedAt: erratum.actual_ship_date,
      unreadable: erratum.content_types.unreadable,
    }
  })

/** `/api/v1/erratum/{id}` again, for what an operator reads of a shipped advisory. */
export const shippedSchema = z
  .object({
    errata: z.record(
      z.string(),
      z.object({
        id,
        fulladvisory: z.string(),
        content_types: optionalRecordsOf(z.string()),
        security_impact: z.string().nullish(),
        actual_ship_date: time,
        status_updated_at: time,
      }),
    ),
  })
  .transform(({ errata }) => {
    const [erratum] = Object.values(errata)
    return erratum
      ? {
          id: erratum.id,
          name: erratum.fulladvisory,
          contentTypes: erratum.content_types.read,
          securityImpact: erratum.security_impact || 'None',
          /** Not every shipped advisory has a day of shipping. */
          shippedAt: erratum.actual_ship_date ?? erratum.status_updated_at,
        }
      : null
  })
export type ShippedAdvisory = NonNullable<z.output<typeof shippedSchema>>

/** `/api/v1/erratum/search`: one page of the advisories that match, newest first. */
export const searchSchema = z
  .object({
    data: recordsOf(z.object({ id, content_types: optionalRecordsOf(z.string()) })),
    page: z.object({ total_pages: z.number().int() }),
  })
  .transform(({ data, page }) => ({
    advisories: data.read.map(({ id: advisory, content_types }) => ({
      id: advisory,
      contentTypes: content_types.read,
    })),
    unreadable: data.unreadable,
    pages: page.total_pages,
  }))
export type ShippedPage = z.output<typeof searchSchema>

/** `/advisory/{id}.json`, the older view, the only one that has the people. */
export const legacySchema = z
  .object({
    id: optionalId,
    people: z.object({ reporter: z.string() }),
    release: z.object({ id }),
    product: z.object({ id }),
  })
  .transform(({ id, people, release, product }) => ({
    id,
    reporter: people.reporter,
    releaseId: release.id,
    productId: product.id,
  }))

/** `/api/v1/releases/{id}`. */
export const releaseSchema = z
  .object({
    data: z.object({ id: optionalId, attributes: z.object({ name: z.string(), type: z.string() }) }),
  })
  .transform(({ data: { id, attributes } }) => ({ id, ...attributes }))

/** `/products/{id}.json`. */
export const productSchema = z
  .object({ product: z.object({ id: optionalId, short_name: z.string() }) })
  .transform(({ product: { id, short_name } }) => ({ id, shortName: short_name }))

/** `/advisory/{id}/bugs.json`: the flags of all bugs, e.g. `hightouch+`. */
export const bugFlagsSchema = recordsOf(z.object({ flags: z.string().nullish() })).transform(
  ({ read, unreadable }) => ({
    flags: read.flatMap(({ flags }) => (flags ?? '').split(',')).map((flag) => flag.trim()),
    unreadable,
  }),
)

/** `/advisory/{id}/jira_issues.json`. */
export const jiraKeysSchema = recordsOf(z.object({ key: z.string() }))

/** A file of an advisory: where it comes from, and the NVR of its package. */
export type AdvisoryRpm = { productVersion: string; build: string; nvr: string; isSource: boolean }

/**
 * Name of a file. Advisories carry other files too, such as the archives of images, which are skipped; the name of an
 * RPM that is not an NVR cannot be read.
 */
const fileSchema = z
  .string()
  .refine((file) => !file.endsWith('.rpm') || tryParseNvr(rpmFileToNvr(file)) !== null, {
    message: 'the name of an RPM file is not name-version-release.arch',
  })

/** `/advisory/{id}/builds.json`: `{version: [{build: {variant: {arch: [file]}}}]}`; `SRPMS` is listed like an arch. */
export const buildsSchema = leavesOf([EVERY, EVERY, EVERY, EVERY, EVERY, EVERY], fileSchema).transform(
  ({ read, unreadable }) => ({
    rpms: read.flatMap(({ keys: [productVersion = '', , build = '', , arch = ''], value }) =>
      advisoryRpm({ productVersion, build }, arch, value),
    ),
    unreadable,
  }),
)

/** `/api/v1/erratum/{id}/builds_by_cve`: the RPMs each CVE touches. */
export const buildsByCveSchema = leavesOf(
  [EVERY, EVERY, member('builds'), EVERY, EVERY, member('variant_arch'), EVERY, EVERY, EVERY],
  z.object({ filename: fileSchema }),
).transform(({ read, unreadable }) => ({
  rpms: read.flatMap(({ keys: [, productVersion = '', , build = '', , arch = ''], value }) =>
    advisoryRpm({ productVersion, build }, arch, value.filename),
  ),
  unreadable,
}))

/** `/api/v1/erratum/{id}/builds` and `builds_list`: attached builds, and whether each is signed. */
export const attachedBuildsSchema = leavesOf(
  [EVERY, member('builds'), EVERY, EVERY],
  z.object({ is_signed: z.boolean().nullish().catch(null) }),
).transform(({ read, unreadable }) => ({
  builds: read.map(({ keys, value }) => ({ nvr: keys.at(-1) ?? '', isSigned: value.is_signed === true })),
  unreadable,
}))

/** `/errata/blocking_errata_for/{id}.json`. */
export const advisoryIdsSchema = recordsOf(id)

/** `/errata/get_pulp_packages/{id}.json`: a map by repository. */
export const pulpPackagesSchema = z
  .record(z.string(), z.unknown())
  .transform((repositories) => Object.keys(repositories))

/** `/products/{id}/product_versions.json`. */
export const productVersionsSchema = recordsOf(
  z.object({ product_version: z.object({ id, name: z.string() }) }),
).transform(({ read, unreadable }) => ({
  idByName: new Map(read.map(({ product_version: { id: versionId, name } }) => [name, versionId])),
  unreadable,
}))

/** `/products/{id}/product_versions/{id}.json`: the RHEL release it is based on. */
export const productVersionSchema = z
  .object({ id: optionalId, rhel_release: z.object({ name: z.string() }) })
  .transform(({ id, rhel_release }) => ({ id, rhelRelease: rhel_release.name }))

function advisoryRpm(
  origin: Pick<AdvisoryRpm, 'productVersion' | 'build'>,
  arch: string,
  file: string,
): AdvisoryRpm[] {
  if (!file.endsWith('.rpm')) return []
  return [{ ...origin, nvr: rpmFileToNvr(file), isSource: arch === 'SRPMS' }]
}
