/** The RPMs that an advisory fixes, with the epochs that they are compared by. */
import type { KojiClient } from '../clients/koji/client.ts'
import type { KojiBuild } from '../clients/koji/schemas/builds.ts'
import type { FixedRpms } from '../domain/rebuild/images/advisory.ts'
import { withEpoch } from '../domain/rebuild/images/nvr.ts'

/** NVRs, with an epoch where it is known; a comparison is sound only between epochs of one kind. */
type ComparedRpms = {
  /** With the epoch of the source package, the only one that the catalogue has for an installed RPM. */
  forSearch: string[]
  /** All known ones, with their own epoch, which the build system has for an installed RPM. */
  forVerification: string[]
}

/** Two requests to the build system at most, for the builds of the advisory. */
export async function readComparedRpms(koji: KojiClient, fixed: FixedRpms): Promise<ComparedRpms> {
  const builds = await koji.getBuilds([...new Set(Object.values(fixed.buildOf))])
  const known = [...builds.values()].filter((build) => build !== null)
  const epochs = await koji.rpmEpochs(known.map(({ id }) => id))
  const ofSource = (nvr: string) => withEpoch(nvr, epochOfBuild(builds.get(fixed.buildOf[nvr] ?? '')))
  return {
    forSearch: (fixed.byCve.length > 0 ? fixed.byCve : fixed.all).map(ofSource),
    // Either list may lack what could not be read of it: what made an image affected must not be missing here.
    forVerification: [...new Set([...fixed.byCve, ...fixed.all])]
      .sort()
      .map((nvr) => withEpoch(nvr, epochs.get(nvr) ?? null)),
  }
}

/** The epoch of the source package of a build's RPMs; null: not known, as in a module, whose build has an epoch of its own. */
export function epochOfBuild(build: KojiBuild | null | undefined): number | null {
  return build && build.modulemd === null ? build.epoch : null
}
