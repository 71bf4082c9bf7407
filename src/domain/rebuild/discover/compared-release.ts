/** The properties of a release that are compared, computed once: it is compared with each older release of its image that is an ancestor. */
import { type FixedIndex, fixedBuildFor, olderRpms } from '../images/affected-rpms.ts'
import type { Image } from '../images/image.ts'
import { repositoryNames } from '../images/image-group.ts'
import type { Nvr } from '../images/nvr.ts'

/** An image as far as it matters to an advisory. */
export type ComparedRelease = {
  /** Names of repositories, sorted. */
  offered: ReadonlySet<string>
  /** Distinct names of the advisory's RPMs in it, sorted. */
  names: readonly string[]
  joinedNames: string
  /** Its RPMs that lack the fix, as `installed against wanted`. */
  pairs: readonly string[]
  /** The same with the fixed builds that they are compared with. */
  lacking: readonly { build: Nvr; wanted: string }[]
  /** The fixed builds that its RPMs are compared with, which stand for the streams that it has. */
  streams: ReadonlySet<Nvr>
}

/** Returns a function that compares an image with the fixed RPMs of an advisory, the first time that it is called for the image. */
export function compareReleases(fixed: FixedIndex): (image: Image) => ComparedRelease {
  const known = new WeakMap<Image, ComparedRelease>()
  return (image) => {
    const compared = known.get(image) ?? compare(image, fixed)
    known.set(image, compared)
    return compared
  }
}

function compare({ repositories, rpms }: Image, fixed: FixedIndex): ComparedRelease {
  const listed = (rpms ?? []).filter(({ name }) => fixed.has(name))
  const names = [...new Set(listed.map(({ name }) => name))].sort()
  const lacking = new Map<string, { build: Nvr; installed: string; wanted: string }>()
  const streams = new Set<Nvr>()
  for (const rpm of listed) {
    const build = fixedBuildFor(fixed, rpm)
    if (!build) continue
    streams.add(build)
    const [older] = lacking.has(rpm.nvr) ? [] : olderRpms(fixed, [rpm])
    if (older) lacking.set(rpm.nvr, { ...older, build })
  }
  return {
    offered: new Set(repositoryNames(repositories)),
    names,
    joinedNames: names.join(),
    pairs: [...lacking.values()].map(({ installed, wanted }) => `${installed} against ${wanted}`),
    lacking: [...lacking.values()],
    streams,
  }
}
