/** The JSON of the Errata Tool, one function for each address (behaviour/services 2). */
import { type AdvisoryBuild, KOJI_ARCH, type LabAdvisory, type Rpm } from '../../catalogue/entry.ts'
import { hashOf } from '../../hash.ts'
import type { World } from '../../world.ts'

/** A time as in the messages: `2026-11-20 15:37:17 UTC`. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `RHSA-2026:9101-03`. */
export function fullName(advisory: LabAdvisory): string {
  return `${advisory.type}-${advisory.number}`
}

/** `/api/v1/erratum/{id}`: the key of the advisory is its type in lower case. */
export function erratumAnswer(advisory: LabAdvisory) {
  const described = {
    id: advisory.id,
    fulladvisory: fullName(advisory),
    status: advisory.status,
    synopsis: advisory.synopsis,
    content_types: advisory.contentTypes,
    security_impact: advisory.securityImpact,
    product_id: advisory.productId,
    group_id: advisory.releaseId,
    issue_date: '2026-11-20T08:00:00Z',
    actual_ship_date: advisory.shippedAt ?? null,
    text_only: false,
  }
  return {
    who: { user: { login_name: 'freshwave@example.com', id: 3002043 } },
    params: { format: 'json', action: 'show', controller: 'api/v1/erratum', id: String(advisory.id) },
    errata: { [advisory.type.toLowerCase()]: described },
    content: {
      content: {
        cve: advisory.cves.join(' '),
        errata_id: advisory.id,
        topic: advisory.synopsis,
        description: advisory.synopsis,
      },
    },
    bugs: { bugs: Object.entries(advisory.bugs).map(([id, flags]) => ({ bug: { id: Number(id), flags } })) },
  }
}

const SEARCH_PAGE = 20

/** `/api/v1/erratum/search`: advisories in the requested states, newest first. */
export function searchAnswer(world: World, query: URLSearchParams) {
  const found = [...world.advisories.values()]
    .filter(({ status }) => query.get(`show_state_${status}`) === '1')
    .sort((a, b) => b.id - a.id)
  const page = Math.max(1, Number(query.get('page[number]') ?? 1))
  const shown = found.slice((page - 1) * SEARCH_PAGE, page * SEARCH_PAGE)
  return {
    data: shown.map(({ id, contentTypes }) => ({ id, content_types: contentTypes })),
    page: {
      current_page: page,
      total_pages: Math.ceil(found.length / SEARCH_PAGE),
      result_count: found.length,
    },
  }
}

/** `/advisory/{id}.json`. */
export function legacyAdvisory(world: World, advisory: LabAdvisory) {
  const product = world.catalogue.products.find(({ id }) => id === advisory.productId)
  const release = world.catalogue.releases.find(({ id }) => id === advisory.releaseId)
  return {
    id: advisory.id,
    type: advisory.type,
    text_only: false,
    advisory_name: fullName(advisory).replace(/-\d+$/, ''),
    synopsis: advisory.synopsis,
    status: advisory.status,
    security_impact: advisory.securityImpact,
    content_types: advisory.contentTypes,
    product: product && { id: product.id, name: product.name, short_name: product.shortName },
    release: release && { id: release.id, name: release.name },
    people: { reporter: advisory.reporter, assigned_to: 'qa@example.com' },
    content: { topic: advisory.synopsis, description: advisory.synopsis, solution: '', keywords: '' },
  }
}

/** `/advisory/{id}/builds.json`: files by variant and architecture, `SRPMS` for sources. */
export function legacyBuilds(advisory: LabAdvisory) {
  return byProductVersion(advisory.builds, (builds) =>
    builds.map((build) => ({ [build.nvr]: { [build.variant]: filesByArch(build) } })),
  )
}

/** `/api/v1/erratum/{id}/builds`, for these builds. */
export function advisoryBuilds(builds: readonly AdvisoryBuild[]) {
  return byProductVersion(builds, (ofVersion, name) => ({
    name,
    description: name,
    builds: ofVersion.map((build) => ({
      [build.nvr]: {
        nvr: build.nvr,
        nevra: `${build.nvr}.src`,
        id: buildNumber(build.nvr),
        is_module: build.isModule,
        variant_arch: { [build.variant]: signedFilesByArch(build) },
      },
    })),
  }))
}

/** `/api/v1/erratum/{id}/builds_by_cve`. */
export function buildsByCve(advisory: LabAdvisory) {
  return Object.fromEntries(
    advisory.cves.map((cve) => [
      cve,
      advisoryBuilds(advisory.builds.filter((build) => build.cves.includes(cve))),
    ]),
  )
}

/** `/api/v1/erratum/{id}/builds_list`. */
export function buildsList(advisory: LabAdvisory) {
  return byProductVersion(advisory.builds, (builds, name) => ({
    name,
    sig_key: { name: 'redhatrelease2', keyid: 'fd431d51' },
    container_sig_key: { name: 'redhatrelease2', keyid: 'fd431d51' },
    builds: builds.map((build) => ({
      [build.nvr]: { nvr: build.nvr, is_module: build.isModule, is_signed: build.signed },
    })),
  }))
}

/** `/api/v1/build/{nvr}`: the advisories that contain a build; undefined: no advisory does. */
export function buildAnswer(world: World, nvr: string) {
  const holding = [...world.advisories.values()].filter(({ builds }) =>
    builds.some((build) => build.nvr === nvr),
  )
  const first = holding[0]?.builds.find((build) => build.nvr === nvr)
  if (!first) return undefined
  const brief = holding.map((advisory) => ({
    id: advisory.id,
    name: fullName(advisory).replace(/-\d+$/, ''),
    status: advisory.status,
  }))
  return {
    id: buildNumber(nvr),
    nvr,
    package: { id: buildNumber(nvr) % 1000, name: nvr.split('-').slice(0, -2).join('-') },
    released_errata: brief.find(({ status }) => status === 'SHIPPED_LIVE') ?? null,
    all_errata: brief,
    rpms_signed: first.signed,
    files: Object.entries(filesByArch(first)).flatMap(([arch, files]) =>
      files.map((path) => ({ path, type: 'rpm', arch: { name: arch } })),
    ),
  }
}

function byProductVersion<T>(
  builds: readonly AdvisoryBuild[],
  shape: (builds: AdvisoryBuild[], productVersion: string) => T,
): Record<string, T> {
  const groups = Map.groupBy(builds, (build) => build.productVersion)
  return Object.fromEntries([...groups].map(([version, group]) => [version, shape(group, version)]))
}

/** A container build has one archive under `multi` instead of packages. */
function filesByArch(build: AdvisoryBuild): Record<string, string[]> {
  if (build.rpms.length === 0) return { multi: [`docker-image-${build.nvr}.tar.gz`] }
  const files = (arch: string) => build.rpms.map((rpm) => rpmFile(rpm, arch))
  const ofArches = Object.values(KOJI_ARCH).map((arch) => [arch, files(arch)])
  const sources = build.isModule ? build.rpms.map(sourceNvr) : [build.nvr]
  return { ...Object.fromEntries(ofArches), SRPMS: [...new Set(sources)].map((nvr) => `${nvr}.src.rpm`) }
}

function signedFilesByArch(build: AdvisoryBuild) {
  const entries = Object.entries(filesByArch(build)).map(([arch, files]) => [
    arch,
    files.map((filename) => ({ filename, is_signed: build.signed })),
  ])
  return Object.fromEntries(entries)
}

function sourceNvr({ source, version, release }: Rpm): string {
  return `${source}-${version}-${release}`
}

function rpmFile(rpm: Rpm, arch: string): string {
  return `${rpm.name}-${rpm.version}-${rpm.release}.${rpm.noarch ? 'noarch' : arch}.rpm`
}

/** The Errata Tool uses Koji's build numbers; the lab derives a stable number from the NVR. */
const buildNumber = (nvr: string): number => hashOf(nvr)
