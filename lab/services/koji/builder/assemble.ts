/** What is inside a rebuilt image: pure, from its Dockerfile, its parent and the packages it can get. */
import { compareNvr, parseNvr, stream } from '../../../../src/domain/rebuild/images/nvr.ts'
import type { LabAdvisory, LabImage, Rpm } from '../../../catalogue/entry.ts'
import type { Compose } from '../../odcs/state.ts'
import type { ContainerRequest } from './container-request.ts'

/** The newest package of a name in a stream, for the names and streams that have news. */
export type Updates = ReadonlyMap<string, Rpm>

/** Packages a build gets today: what shipped advisories brought, and what its composes hold besides. */
export function availableUpdates(advisories: Iterable<LabAdvisory>, composes: readonly Compose[]): Updates {
  const updates = new Map<string, Rpm>()
  for (const advisory of advisories)
    for (const build of advisory.builds)
      if (advisory.status === 'SHIPPED_LIVE' || composes.some((compose) => offers(compose, build)))
        for (const rpm of build.rpms) keepNewest(updates, rpm)
  return updates
}

/** A `tag` compose holds the latest builds of a Koji tag, a `build` compose the builds it was asked for. */
function offers(compose: Compose, build: { nvr: string; tags: readonly string[] }): boolean {
  if (compose.sourceType === 'tag') return build.tags.includes(compose.source)
  return compose.sourceType === 'build' && compose.builds.includes(build.nvr)
}

function keepNewest(updates: Map<string, Rpm>, rpm: Rpm): void {
  const known = updates.get(updateKey(rpm))
  if (!known || isNewer(rpm, known)) updates.set(updateKey(rpm), rpm)
}

/**
 * The packages of a rebuilt image. What came with the parent stays as the new parent has it: only the image's own
 * layers are installed anew. So an image built on a parent that is not fixed keeps the parent's old packages.
 */
export function assembleRpms(
  dockerfile: LabImage,
  oldParent: LabImage | undefined,
  newParent: LabImage | undefined,
  updates: Updates,
): Rpm[] {
  const inherited = new Map((oldParent?.rpms ?? []).map((rpm) => [rpm.name, rpm]))
  const own = dockerfile.rpms.filter((rpm) => !sameRpm(rpm, inherited.get(rpm.name)))
  const installed = own.map((rpm) => newestOf(rpm, updates.get(updateKey(rpm))))
  const replaced = new Set(installed.map((rpm) => rpm.name))
  return [...(newParent?.rpms ?? []).filter((rpm) => !replaced.has(rpm.name)), ...installed]
}

/** The image a finished build brings. It is offered nowhere before somebody ships it. */
export function rebuiltImage(request: ContainerRequest, rpms: readonly Rpm[]): LabImage {
  const { dockerfile, release } = request
  return {
    ...dockerfile,
    nvr: request.nvr,
    release,
    from: request.parentNvr,
    labels: { ...dockerfile.labels, release },
    locations: [],
    rpms,
    branch: request.branch,
    target: request.target,
    composeIds: request.composeIds,
  }
}

const nvrOf = (rpm: Rpm) => `${rpm.name}-${rpm.version}-${rpm.release}`
const updateKey = (rpm: Rpm) => `${rpm.name} ${stream(nvrOf(rpm))}`
const sameRpm = (a: Rpm, b: Rpm | undefined) => b !== undefined && nvrOf(a) === nvrOf(b)
const isNewer = (a: Rpm, b: Rpm) => compareNvr(parseNvr(nvrOf(a)), parseNvr(nvrOf(b))) > 0
const newestOf = (installed: Rpm, update: Rpm | undefined) =>
  update && isNewer(update, installed) ? update : installed
