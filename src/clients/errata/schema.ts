/** Shapes of the Errata Tool's answers (behaviour/freshmaker 9.1, behaviour/services 2). */
import { z } from 'zod'
import { rpmFileToNvr, tryParseNvr } from '../../domain/rebuild/images/nvr.ts'

const id = z.number().int()

/** `/api/v1/erratum/{id}`: a map with one key, the type of the advisory in lower case. */
export const erratumSchema = z
  .object({
    errata: z.record(
      z.string(),
      z.object({
        id,
        fulladvisory: z.string(),
        status: z.string(),
        content_types: z.array(z.string()).nullish(),
        security_impact: z.string().nullish(),
        product_id: id,
      }),
    ),
    content: z.object({ content: z.object({ cve: z.string().nullish() }).nullish() }).nullish(),
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
      contentTypes: erratum.content_types ?? [],
      securityImpact: (erratum.security_impact || 'none').toLowerCase(),
      productId: erratum.product_id,
      cves: (content?.content?.cve ?? '').split(/\s+/).filter(Boolean),
    }
  })

const time = z
  .string()
  .nullish()
  .transform((text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text) : null))

/** `/api/v1/erratum/{id}` again, for what an operator reads of a shipped advisory. */
export const shippedSchema = z
  .object({
    errata: z.record(
      z.string(),
      z.object({
        id,
        fulladvisory: z.string(),
        content_types: z.array(z.string()).nullish(),
        security_impact: z.string().nullish(),
        actual_ship_date: time,
        status_updated_at: time,
      }),
    ),
  })
  .transform(({ errata }) =>
    Object.values(errata).map((erratum) => ({
      id: erratum.id,
      name: erratum.fulladvisory,
      contentTypes: erratum.content_types ?? [],
      securityImpact: erratum.security_impact || 'None',
      /** Not every shipped advisory has a day of shipping. */
      shippedAt: erratum.actual_ship_date ?? erratum.status_updated_at,
    })),
  )
export type ShippedAdvisory = z.output<typeof shippedSchema>[number]

/** `/api/v1/erratum/search`: one page of the advisories that match, newest first. */
export const searchSchema = z
  .object({
    data: z.array(z.object({ id, content_types: z.array(z.string()).nullish() })),
    page: z.object({ total_pages: z.number().int() }),
  })
  .transform(({ data, page }) => ({
    advisories: data.map(({ id: advisory, content_types }) => ({
      id: advisory,
      contentTypes: content_types ?? [],
    })),
    pages: page.total_pages,
  }))

/** `/advisory/{id}.json`, the older view, which alone knows the people. */
export const legacySchema = z
  .object({
    people: z.object({ reporter: z.string() }),
    release: z.object({ id }),
    product: z.object({ id }),
  })
  .transform(({ people, release, product }) => ({
    reporter: people.reporter,
    releaseId: release.id,
    productId: product.id,
  }))

/** `/api/v1/releases/{id}`. */
export const releaseSchema = z
  .object({ data: z.object({ attributes: z.object({ name: z.string(), type: z.string() }) }) })
  .transform(({ data }) => data.attributes)

/** `/products/{id}.json`. */
export const productSchema = z
  .object({ product: z.object({ short_name: z.string() }) })
  .transform(({ product }) => product.short_name)

/** `/advisory/{id}/bugs.json`: the flags of all bugs, e.g. `hightouch+`. */
export const bugFlagsSchema = z
  .array(z.object({ flags: z.string().nullish() }))
  .transform((bugs) => bugs.flatMap(({ flags }) => (flags ?? '').split(',')).map((flag) => flag.trim()))

/** `/advisory/{id}/jira_issues.json`. */
export const jiraKeysSchema = z
  .array(z.object({ key: z.string() }))
  .transform((issues) => issues.map(({ key }) => key))

/** A file of an advisory: where it comes from, and the NVR of its package. */
export type AdvisoryRpm = { productVersion: string; build: string; nvr: string; isSource: boolean }

/** Names of files; what is not a text is skipped. */
const fileNames = z
  .array(z.string().nullable().catch(null))
  .transform((files) => files.filter((file) => file !== null))

/** `/advisory/{id}/builds.json`: `{version: [{build: {variant: {arch: [file]}}}]}`; `SRPMS` stands where an arch would. */
export const buildsSchema = z
  .record(z.string(), z.array(z.record(z.string(), z.record(z.string(), z.record(z.string(), fileNames)))))
  .transform((versions) =>
    Object.entries(versions).flatMap(([productVersion, builds]) =>
      builds
        .flatMap((build) => Object.entries(build))
        .flatMap(([build, variants]) => Object.values(variants).map((arches) => ({ build, arches })))
        .flatMap(({ build, arches }) =>
          Object.entries(arches).flatMap(([arch, files]) =>
            files.flatMap((file) => advisoryRpm({ productVersion, build }, arch, file)),
          ),
        ),
    ),
  )

const variantsSchema = z.object({
  variant_arch: z
    .record(
      z.string(),
      z.record(z.string(), z.array(z.object({ filename: z.string() }).nullable().catch(null))),
    )
    .nullish(),
})
const versionSchema = z.object({ builds: z.array(z.record(z.string(), variantsSchema)) })

/** `/api/v1/erratum/{id}/builds_by_cve`: the RPMs each CVE touches. */
export const buildsByCveSchema = z.record(z.string(), z.record(z.string(), versionSchema)).transform((cves) =>
  Object.values(cves)
    .flatMap((versions) => Object.entries(versions))
    .flatMap(([productVersion, { builds }]) =>
      builds
        .flatMap((build) => Object.entries(build))
        .flatMap(([build, { variant_arch }]) =>
          Object.values(variant_arch ?? {}).flatMap((arches) =>
            Object.entries(arches).flatMap(([arch, files]) =>
              files.flatMap((file) =>
                file ? advisoryRpm({ productVersion, build }, arch, file.filename) : [],
              ),
            ),
          ),
        ),
    ),
)

/** `/api/v1/erratum/{id}/builds` and `builds_list`: attached builds, and whether each is signed. */
export const attachedBuildsSchema = z
  .record(
    z.string(),
    z.object({ builds: z.array(z.record(z.string(), z.object({ is_signed: z.boolean().nullish() }))) }),
  )
  .transform((versions) =>
    Object.values(versions)
      .flatMap(({ builds }) => builds)
      .flatMap((build) => Object.entries(build))
      .map(([nvr, { is_signed }]) => ({ nvr, isSigned: is_signed === true })),
  )

/** `/errata/get_pulp_packages/{id}.json`: a map by repository. */
export const pulpPackagesSchema = z
  .record(z.string(), z.unknown())
  .transform((repositories) => Object.keys(repositories))

/** `/products/{id}/product_versions.json`. */
export const productVersionsSchema = z
  .array(z.object({ product_version: z.object({ id, name: z.string() }) }))
  .transform(
    (versions) => new Map(versions.map(({ product_version: { id: versionId, name } }) => [name, versionId])),
  )

/** `/products/{id}/product_versions/{id}.json`: the RHEL release it is based on. */
export const productVersionSchema = z
  .object({ rhel_release: z.object({ name: z.string() }) })
  .transform(({ rhel_release }) => rhel_release.name)

/** Advisories carry other files too, such as the archives of images; a file whose name is not an NVR is skipped. */
function advisoryRpm(
  origin: Pick<AdvisoryRpm, 'productVersion' | 'build'>,
  arch: string,
  file: string,
): AdvisoryRpm[] {
  const nvr = rpmFileToNvr(file)
  if (!file.endsWith('.rpm') || !tryParseNvr(nvr)) return []
  return [{ ...origin, nvr, isSource: arch === 'SRPMS' }]
}
