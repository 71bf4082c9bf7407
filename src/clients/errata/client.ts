/** The Errata Tool: what an advisory is, and which RPMs it fixes. */
import type { Advisory, FixedRpms } from '../../domain/rebuild/images/advisory.ts'
import { isOfThing } from '../../lib/errors.ts'
import { hasBody } from '../../lib/http/answer.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createNegotiate, negotiateWith } from '../../lib/http/negotiate.ts'
import { type Records, type Unreadable, unreadableList } from '../../lib/records.ts'
import { createJiraClient, type JiraOptions } from './jira.ts'
import { readPriorities } from './priorities.ts'
import { createReleaseFilter } from './release-filter.ts'
import {
  type AdvisoryRpm,
  advisoryIdsSchema,
  attachedBuildsSchema,
  buildsByCveSchema,
  buildsSchema,
  erratumSchema,
  legacySchema,
  productSchema,
  pulpPackagesSchema,
  releaseSchema,
  type ShippedAdvisory,
  type ShippedPage,
  searchSchema,
  shippedSchema,
} from './schema.ts'
import { createReadUnder, missing } from './under-advisory.ts'

/** `url` is the server. */
export type ErrataOptions = ClientOptions & {
  /** Only product versions based on a RHEL release of this prefix count, e.g. `RHEL-7`; empty: all. */
  rhelReleasePrefix?: string
  jira?: JiraOptions
  kerberos?: { principal?: string }
}

/** The properties of an advisory that decide whether a message about it matters; two requests. */
type AdvisoryOutline = Pick<
  Advisory,
  'id' | 'name' | 'state' | 'contentTypes' | 'securityImpact' | 'cves' | 'shippedAt' | 'reporter'
>

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. Lists of an unknown advisory are empty. */
export type ErrataClient = {
  /** `null`: unknown advisory. */
  advisory(id: number): Promise<Advisory | null>
  summary(id: number): Promise<AdvisoryOutline | null>
  /** Type of the release it is for, such as `Zstream`; `null`: unknown advisory. Two requests. */
  releaseType(id: number): Promise<string | null>
  fixedRpms(id: number): Promise<FixedRpms>
  /** Pulp repositories the advisory's packages are pushed to. */
  pulpRepoIds(id: number): Promise<string[]>
  /** NVRs of the attached builds. */
  attachedBuilds(id: number): Promise<Records<string>>
  /** Ids of the advisories that block it, and those that block these, each once. */
  blockingAdvisories(id: number): Promise<Records<number>>
  /** False too when nothing is attached, or one of them cannot be read. */
  allBuildsSigned(id: number): Promise<boolean>
  /** A page (from 1) of the advisories that have shipped, by id, newest first. */
  shippedPage(page: number): Promise<ShippedPage>
  /** An advisory with the time it shipped. */
  shipped(id: number): Promise<ShippedAdvisory | null>
  close(): Promise<void>
}

/** Bounds and retries come from `options`. */
export function createErrataClient(options: ErrataOptions): ErrataClient {
  const { kerberos, jira: jiraOptions, rhelReleasePrefix = '' } = options
  const authorize = kerberos && negotiateWith('errata', createNegotiate(options.url, kerberos.principal))
  const http = createHttpClient({ ...options, service: 'errata', authorize, saysUnknown: hasBody() })
  const jira = jiraOptions && createJiraClient(jiraOptions, options)
  const ofRelease = createReleaseFilter(http, rhelReleasePrefix)
  const readUnder = createReadUnder(http)

  /** Both views of an advisory; null: unknown in both. One without the other is not a valid answer. */
  async function bothViews(id: number) {
    const [path, legacyPath] = [`/api/v1/erratum/${id}`, `/advisory/${id}.json`]
    const [erratum, legacy] = await Promise.all([
      http.jsonOrNull({ path, subject: id }, erratumSchema),
      http.jsonOrNull({ path: legacyPath, subject: id }, legacySchema),
    ])
    if (erratum && legacy) return { erratum, legacy }
    if (erratum || legacy) throw missing(erratum ? legacyPath : path)
    return null
  }

  async function advisory(id: number): Promise<Advisory | null> {
    const views = await bothViews(id)
    if (!views) return null
    const { erratum, legacy } = views
    const { productId: subject } = legacy
    const [release, product, priorities] = await Promise.all([
      releaseOf(legacy.releaseId),
      http.json({ path: `/products/${subject}.json`, subject }, productSchema),
      readPriorities(readUnder, jira, id),
    ])
    const { unreadable: _, ...known } = erratum
    return {
      ...known,
      productShortName: product.shortName,
      releaseName: release.name,
      releaseType: release.type,
      reporter: legacy.reporter,
      ...priorities,
    }
  }

  const releaseOf = (subject: number) =>
    http.json({ path: `/api/v1/releases/${subject}`, subject }, releaseSchema)

  async function fixedRpms(id: number): Promise<FixedRpms> {
    const [touched, attached] = await Promise.all([
      readUnder(id, { path: `/api/v1/erratum/${id}/builds_by_cve` }, buildsByCveSchema),
      readUnder(id, { path: `/advisory/${id}/builds.json` }, buildsSchema),
    ])
    const [byCve, all] = await Promise.all([
      ofRelease(id, touched?.rpms ?? []),
      ofRelease(id, attached?.rpms ?? []),
    ])
    const read = [...byCve.rpms, ...all.rpms]
    const lists = [touched, attached, byCve, all]
    return {
      byCve: nvrs(byCve.rpms.filter(({ isSource }) => !isSource)),
      all: nvrs(all.rpms.filter(({ isSource }) => !isSource)),
      sourceBuilds: nvrs(all.rpms.filter(({ isSource }) => isSource)),
      buildOf: Object.fromEntries(read.map(({ nvr, build }) => [nvr, build])),
      unreadable: lists.flatMap((list) => list?.unreadable ?? []),
    }
  }

  async function builds(id: number, path: string, query?: Record<string, number>) {
    return (await readUnder(id, { path, query }, attachedBuildsSchema)) ?? { builds: [], unreadable: [] }
  }

  async function blockingAdvisories(id: number): Promise<Records<number>> {
    const unreadable: Unreadable[] = []
    const found = new Set([id]) // advisories may block each other
    for (const blocked of found) {
      const path = `/errata/blocking_errata_for/${blocked}.json`
      const ids = await readUnder(blocked, { path }, advisoryIdsSchema).catch((error: unknown) => {
        if (blocked === id || !isOfThing(error)) throw error
        return unreadableList(error) // of one of the others: the rest are known
      })
      for (const blocking of ids?.read ?? []) found.add(blocking)
      unreadable.push(...(ids?.unreadable ?? []))
    }
    found.delete(id)
    return { read: [...found], unreadable }
  }

  return {
    advisory,
    blockingAdvisories,
    summary: async (id) => {
      const views = await bothViews(id)
      if (!views) return null
      const { name, state, contentTypes, securityImpact, cves, shippedAt } = views.erratum
      const { reporter } = views.legacy
      return { id, name, state, contentTypes, securityImpact, cves, shippedAt, reporter }
    },
    releaseType: async (id) => {
      const legacy = await http.jsonOrNull({ path: `/advisory/${id}.json`, subject: id }, legacySchema)
      return legacy && (await releaseOf(legacy.releaseId)).type
    },
    fixedRpms,
    pulpRepoIds: async (id) =>
      (await readUnder(id, { path: `/errata/get_pulp_packages/${id}.json` }, pulpPackagesSchema)) ?? [],
    attachedBuilds: async (id) => {
      const attached = await builds(id, `/api/v1/erratum/${id}/builds`)
      return { read: nvrs(attached.builds), unreadable: attached.unreadable }
    },
    allBuildsSigned: async (id) => {
      const attached = await builds(id, `/api/v1/erratum/${id}/builds_list`, { with_sig_key: 1 })
      const isWhole = attached.builds.length > 0 && attached.unreadable.length === 0
      return isWhole && attached.builds.every(({ isSigned }) => isSigned)
    },
    shippedPage: (page) =>
      http.json(
        {
          path: '/api/v1/erratum/search',
          isFixedAddress: true,
          query: { show_state_SHIPPED_LIVE: 1, 'page[number]': page },
        },
        searchSchema,
      ),
    shipped: (id) => http.jsonOrNull({ path: `/api/v1/erratum/${id}`, subject: id }, shippedSchema),
    close: async () => {
      await Promise.all([http.close(), jira?.close()])
    },
  }
}

function nvrs(rpms: readonly Pick<AdvisoryRpm, 'nvr'>[]): string[] {
  return [...new Set(rpms.map(({ nvr }) => nvr))].sort()
}
