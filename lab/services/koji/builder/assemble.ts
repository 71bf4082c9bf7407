/** Computes the packages of a rebuilt image from its Dockerfile, its parent and the available updates. Pure. */
import { moduleBuild } from '../../../../src/domain/rebuild/discover/flatpaks/module.ts'
import { compareNvr, parseNvr, stream } from '../../../../src/domain/rebuild/images/nvr.ts'
import type { AdvisoryBuild, LabAdvisory, LabBundle, LabImage, Rpm } from '../../../catalogue/entry.ts'
import type { Compose } from '../../odcs/state.ts'
import type { ContainerRequest } from './container-request.ts'

/** The newest package of each name and stream that has updates. */
export type Updates = ReadonlyMap<string, Rpm>

/** The packages that a build gets now: those of shipped advisories, and those in its composes. */
export function availableUpdates(advisories: Iterable<LabAdvisory>, composes: readonly Compose[]): Updates {
  const updates = new Map<string, Rpm>()
  for (const advisory of advisories)
    for (const build of advisory.builds)
      if (advisory.status === 'SHIPPED_LIVE' || composes.some((compose) => offers(compose, build)))
        for (const rpm of build.rpms) keepNewest(updates, rpm)
  return updates
}

/** A `tag` compose holds the latest builds of a Koji tag, a `build` compose the requested builds, a `module` compose its modules. */
function offers(compose: Compose, build: AdvisoryBuild): boolean {
  if (compose.sourceType === 'tag') return build.tags.includes(compose.source)
  if (compose.sourceType === 'module')
    return build.module !== undefined && compose.source.split(' ').includes(moduleBuild(build.module))
  return compose.sourceType === 'build' && compose.builds.includes(build.nvr)
}

function keepNewest(updates: Map<string, Rpm>, rpm: Rpm): void {
  const known = updates.get(updateKey(rpm))
  if (!known || isNewer(rpm, known)) updates.set(updateKey(rpm), rpm)
}

/**
 * The packages of a rebuilt image. Inherited packages are those of the new parent; only the image's own layers are
 * installed again. So an image built on a parent without the fix keeps the parent's old packages.
 */
export function assembleRpms(
  dockerfile: LabImage,
  oldParent: LabImage | undefined,
  newParent: LabImage | undefined,
  updates: Updates,
): Rpm[] {
  const inherited = new Map((oldParent?.rpms ?? []).map((rpm) => [rpm.name, rpm]))
  const ownRpms = dockerfile.rpms.filter((rpm) => !sameRpm(rpm, inherited.get(rpm.name)))
  const installed = ownRpms.map((rpm) => newestOf(rpm, updates.get(updateKey(rpm))))
  const replaced = new Set(installed.map((rpm) => rpm.name))
  return [...(newParent?.rpms ?? []).filter((rpm) => !replaced.has(rpm.name)), ...installed]
}

/** The image that a finished build creates. It is offered in no repository until it ships. `bundle`: as changed. */
export function rebuiltImage(
  request: ContainerRequest,
  rpms: readonly Rpm[],
  bundle: LabBundle | undefined,
): LabImage {
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
    ...(bundle && { bundle: { ...bundle, indices: [] } }),
  }
}

const nvrOf = (rpm: Rpm) => `${rpm.name}-${rpm.version}-${rpm.release}`
const updateKey = (rpm: Rpm) => `${rpm.name} ${stream(nvrOf(rpm))}`
const sameRpm = (a: Rpm, b: Rpm | undefined) => b !== undefined && nvrOf(a) === nvrOf(b)
const isNewer = (a: Rpm, b: Rpm) => compareNvr(parseNvr(nvrOf(a)), parseNvr(nvrOf(b))) > 0
const newestOf = (installed: Rpm, update: Rpm | undefined) =>
  update && isNewer(update, installed) ? update : installed
