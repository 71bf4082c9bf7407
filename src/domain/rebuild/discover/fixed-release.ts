/** Which published release of an ancestor has the fix already, so that the ancestor need not be rebuilt (7.8 step 7). */

import { type Consideration, shortList } from '../consideration.ts'
import { type FixedIndex, olderRpms } from '../images/affected-rpms.ts'
import type { Image } from '../images/image.ts'
import { repositoryNames } from '../images/image-group.ts'
import { sameStream } from '../images/nvr.ts'
import { rpmvercmp } from '../images/rpm-version.ts'
import {
  dropHotfixes,
  dropped,
  filterImages,
  type ImageFilter,
  KEPT,
  sharesContentSets,
} from './image-filter.ts'
import { dropUnpublished } from './repository-filter.ts'

/** What releases are judged by, the same for all ancestors of an event. */
export type ReleaseRules = {
  fixed: FixedIndex
  /** Of the advisory; empty: any. */
  contentSets: readonly string[]
  buildRegistries: ReadonlySet<string>
}

/**
 * Releases of the same name and version that are newer than `image`, newest first. Older ones are never built on: what
 * they lack beside this advisory's fix would be lost.
 */
export function newerReleases(image: Image, releases: readonly Image[]): Image[] {
  return releases
    .filter(({ name, version }) => name === image.name && version === image.version)
    .filter(({ release }) => rpmvercmp(release, image.release) > 0)
    .toSorted((a, b) => rpmvercmp(b.release, a.release) || (a.nvr < b.nvr ? -1 : 1))
}

/** The newest of the releases that can be built on as it is, or null; every other one says why it cannot. */
export function chooseFixedRelease(
  image: Image,
  groupRepositories: readonly string[],
  newer: readonly Image[],
  { fixed, contentSets, buildRegistries }: ReleaseRules,
): { fixedRelease: string | null; considered: Consideration[] } {
  const { kept, considered } = filterImages(newer, [
    dropUnpublished(true, buildRegistries),
    dropHotfixes,
    isOfferedEverywhere(groupRepositories),
    ...(contentSets.length > 0 ? [sharesContentSets(contentSets)] : []),
    hasSameNames(fixed, image),
    hasFix(fixed, image),
  ])
  const [chosen, ...others] = kept
  if (!chosen) return { fixedRelease: null, considered }
  const lower = others.map((release) => hasFixToo(release.nvr, chosen.nvr))
  return {
    fixedRelease: chosen.nvr,
    considered: [...considered, hasFixAlready(chosen.nvr, image.nvr), ...lower],
  }
}

/** Drops releases that are missing from a repository of the ancestor's image group. */
function isOfferedEverywhere(repositories: readonly string[]): ImageFilter {
  return (release) => {
    const offered = new Set(repositoryNames(release.repositories))
    const missing = repositories.filter((repository) => !offered.has(repository))
    if (missing.length === 0) return KEPT
    const reason = `it is not offered in ${shortList(missing)}, where the image it would take the place of is`
    return dropped('image-group', reason, { repositories, offered: [...offered] })
  }
}

/** Drops releases with other RPMs of the advisory than the ancestor has, or with an unknown list. */
function hasSameNames(fixed: FixedIndex, ancestor: Image): ImageFilter {
  const wanted = namesIn(ancestor, fixed)
  return (release) => {
    const names = namesIn(release, fixed)
    if (names.join() === wanted.join()) return KEPT
    const reason = `of the advisory's RPMs it has ${shortList(names)}, and ${ancestor.nvr} has ${shortList(wanted)}`
    return dropped('rpm-names', reason, { names, wanted })
  }
}

/** Drops releases that lack the fix in any RPM, or have it in another stream (modules are streams of their own). */
function hasFix(fixed: FixedIndex, ancestor: Image): ImageFilter {
  const lacking = olderRpms(fixed, ancestor.rpms ?? [])
  return ({ rpms }) => {
    const older = olderRpms(fixed, rpms ?? []).map(
      ({ installed, wanted }) => `${installed} against ${wanted}`,
    )
    if (older.length > 0) {
      return dropped('rpm-version', `it lacks the fix too: ${shortList(older)}`, { pairs: older })
    }
    const strayed = lacking.filter(
      ({ name, wanted }) => !rpms?.some((rpm) => rpm.name === name && sameStream(rpm.nvr, wanted)),
    )
    if (strayed.length === 0) return KEPT
    const missing = strayed.map(({ wanted }) => wanted)
    return dropped('rpm-stream', `it has no RPM of the streams of ${shortList(missing)}`, { missing })
  }
}

function hasFixAlready(nvr: string, instead: string): Consideration {
  const reason = `it has the fix already, and images are built on it where ${instead} is only an ancestor`
  return { nvr, outcome: 'not-rebuilt', rule: 'has-fix', reason, details: { insteadOf: instead } }
}

function hasFixToo(nvr: string, newest: string): Consideration {
  const reason = `it has the fix already, but images are built on ${newest}, which is newer`
  return { nvr, outcome: 'not-rebuilt', rule: 'has-fix', reason, details: { newest } }
}

/** Names of the advisory's RPMs in an image, each once, sorted. */
function namesIn({ rpms }: Image, fixed: FixedIndex): string[] {
  return [...new Set((rpms ?? []).map(({ name }) => name))].filter((name) => fixed.has(name)).sort()
}
