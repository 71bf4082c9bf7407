/** Chooses a published release of an ancestor that already has the fix, so that the ancestor need not be rebuilt (7.8 step 7). */

import { type Consideration, shortList } from '../consideration.ts'
import { type FixedIndex, fixedBuildFor, olderRpms } from '../images/affected-rpms.ts'
import type { Image } from '../images/image.ts'
import { repositoryNames } from '../images/image-group.ts'
import { rpmvercmp } from '../images/rpm-version.ts'
import type { OriginState } from '../submit/origins.ts'
import {
  dropHotfixes,
  dropOtherContentSets,
  dropped,
  filterImages,
  type ImageFilter,
  KEPT,
  type Verdict,
} from './image-filter.ts'
import { dropUnpublished } from './repository-filter.ts'

/** The criteria for releases, the same for all ancestors of an event. */
export type ReleaseRules = {
  fixed: FixedIndex
  /** Of the advisory; empty: any. */
  contentSets: readonly string[]
  buildRegistries: ReadonlySet<string>
  /** By NVR, as far as they have been looked up: those of releases that are good in every other respect. Absent: none. */
  kojiStates?: ReadonlyMap<string, OriginState>
}

/**
 * Releases of the same name and version that are newer than `image`, newest first. Older releases are never built on:
 * that would lose changes other than this advisory's fix.
 */
export function newerReleases(image: Image, releases: readonly Image[]): Image[] {
  return releases
    .filter(({ name, version }) => name === image.name && version === image.version)
    .filter(({ release }) => rpmvercmp(release, image.release) > 0)
    .toSorted((a, b) => rpmvercmp(b.release, a.release) || (a.nvr < b.nvr ? -1 : 1))
}

/** The newest release that images can be built on unchanged, or null; each of the rest is returned with its reason. */
export function chooseFixedRelease(
  image: Image,
  groupRepositories: readonly string[],
  newer: readonly Image[],
  { fixed, contentSets, buildRegistries, kojiStates = new Map() }: ReleaseRules,
): { fixedRelease: string | null; considered: Consideration[] } {
  const { kept, considered } = filterImages(newer, [
    dropUnpublished(buildRegistries),
    dropHotfixes,
    dropMissingInGroup(groupRepositories),
    ...(contentSets.length > 0 ? [dropOtherContentSets(contentSets)] : []),
    dropUnreadable,
    dropOtherNames(fixed, image),
    dropUnfixed(fixed, image),
    dropIncomplete(kojiStates),
  ])
  const [chosen, ...older] = kept
  if (!chosen) return { fixedRelease: null, considered }
  return {
    fixedRelease: chosen.nvr,
    considered: [
      ...considered,
      chosenInstead(chosen.nvr, image.nvr),
      ...older.map(({ nvr }) => olderThanChosen(nvr, chosen.nvr)),
    ],
  }
}

/** Drops releases that are missing from a repository of the ancestor's image group. */
function dropMissingInGroup(repositories: readonly string[]): ImageFilter {
  return (release) => {
    const offered = new Set(repositoryNames(release.repositories))
    const missing = repositories.filter((repository) => !offered.has(repository))
    if (missing.length === 0) return KEPT
    const reason = `it is not offered in ${shortList(missing)}, where the image it would replace is`
    return dropped('image-group', reason, { repositories, offered: [...offered] })
  }
}

/** Drops releases whose RPMs are not all known: nothing is built on one that may lack the fix. */
export function dropUnreadable({ rpms, unreadableRpms = 0, archesWithoutRpms }: Image): Verdict {
  if (rpms === null || archesWithoutRpms) {
    const arches = archesWithoutRpms ? ` for ${shortList(archesWithoutRpms)}` : ''
    const reason = `it could not be judged: the catalogue has no list of its RPMs${arches}`
    return dropped('unreadable-rpms', reason)
  }
  if (unreadableRpms === 0) return KEPT
  return dropped(
    'unreadable-rpms',
    `it could not be judged: ${unreadableRpms} of its RPM records cannot be read`,
  )
}

/** Drops releases that have other RPMs of the advisory than the ancestor has. */
function dropOtherNames(fixed: FixedIndex, ancestor: Image): ImageFilter {
  const wanted = namesIn(ancestor, fixed)
  return (release) => {
    const names = namesIn(release, fixed)
    if (names.join() === wanted.join()) return KEPT
    const reason = `of the advisory's RPMs it has ${shortList(names)}, but ${ancestor.nvr} has ${shortList(wanted)}`
    return dropped('rpm-names', reason, { names, wanted })
  }
}

/** Drops releases in which any RPM lacks the fix or has it in another stream (each module is a stream of its own). */
function dropUnfixed(fixed: FixedIndex, ancestor: Image): ImageFilter {
  const lacking = (ancestor.rpms ?? []).filter((rpm) => olderRpms(fixed, [rpm]).length > 0)
  return ({ rpms }) => {
    const older = olderRpms(fixed, rpms ?? []).map(
      ({ installed, wanted }) => `${installed} against ${wanted}`,
    )
    if (older.length > 0) {
      return dropped('rpm-version', `it also lacks the fix: ${shortList(older)}`, { pairs: older })
    }
    const absent = lacking.filter(
      (old) =>
        !rpms?.some(
          (rpm) => rpm.name === old.name && fixedBuildFor(fixed, rpm) === fixedBuildFor(fixed, old),
        ),
    )
    if (absent.length === 0) return KEPT
    const missing = olderRpms(fixed, absent).map(({ wanted }) => wanted)
    return dropped('rpm-stream', `it has no RPM of the same stream as ${shortList(missing)}`, { missing })
  }
}

/**
 * Drops releases whose build is known to be deleted or otherwise not complete: nothing is submitted on it (`judgeOrigins`). One that
 * Koji does not know may have been built elsewhere.
 */
export function dropIncomplete(kojiStates: ReadonlyMap<string, OriginState>): ImageFilter {
  return ({ nvr }) => {
    const state = kojiStates.get(nvr) ?? 'COMPLETE'
    if (state === 'COMPLETE') return KEPT
    return dropped('koji-build', `its Koji build is ${state}, not COMPLETE: nothing can be built on it`)
  }
}

function chosenInstead(nvr: string, insteadOf: string): Consideration {
  const reason = `it already has the fix: images are built on it instead of ${insteadOf}, where that is only an ancestor`
  return { nvr, outcome: 'not-rebuilt', rule: 'has-fix', reason, details: { insteadOf } }
}

function olderThanChosen(nvr: string, newest: string): Consideration {
  const reason = `it already has the fix, but images are built on ${newest}, which is newer`
  return { nvr, outcome: 'not-rebuilt', rule: 'has-fix', reason, details: { newest } }
}

/** Distinct names of the advisory's RPMs in an image, sorted. */
function namesIn({ rpms }: Image, fixed: FixedIndex): string[] {
  return [...new Set((rpms ?? []).map(({ name }) => name))].filter((name) => fixed.has(name)).sort()
}
