/** Chooses a published release of an ancestor that already has the fix, so that the ancestor need not be rebuilt (7.8 step 7). */

import { type Consideration, shortList } from '../consideration.ts'
import type { Image } from '../images/image.ts'
import { rpmvercmp } from '../images/rpm-version.ts'
import type { OriginState } from '../submit/origins.ts'
import type { ComparedRelease } from './compared-release.ts'
import {
  dropHotfixes,
  dropOtherContentSets,
  dropped,
  type FilterResult,
  filterImages,
  type ImageFilter,
  KEPT,
} from './image-filter.ts'
import { dropUnpublished } from './repository-filter.ts'

/** The criteria for releases, the same for all ancestors of an event. */
export type ReleaseRules = {
  compared: (image: Image) => ComparedRelease
  /** Content sets of the advisory; empty: any. */
  contentSets: readonly string[]
  buildRegistries: ReadonlySet<string>
  /** By NVR, for releases that pass all other checks, as far as they have been fetched. Absent: none. */
  kojiStates?: ReadonlyMap<string, OriginState>
}

/** Releases by name and version, the newest first: sorted once, however many releases of the image are ancestors. */
export type ReleaseIndex = ReadonlyMap<string, readonly Image[]>

/** Indexes releases of any images. */
export function indexReleases(releases: readonly Image[]): ReleaseIndex {
  return new Map(
    [...Map.groupBy(releases, versionOf)].map(([version, group]) => [version, group.sort(newestFirst)]),
  )
}

/**
 * Releases of the same name and version that are newer than `image`, newest first. Older releases are never built on:
 * that would lose changes other than this advisory's fix.
 */
export function newerReleases(image: Image, index: ReleaseIndex): readonly Image[] {
  const releases = index.get(versionOf(image)) ?? []
  const end = releases.findIndex(({ release }) => rpmvercmp(release, image.release) <= 0)
  return end < 0 ? releases : releases.slice(0, end)
}

function versionOf({ name, version }: Image): string {
  return `${name}-${version}`
}

function newestFirst(left: Image, right: Image): number {
  return rpmvercmp(right.release, left.release) || (left.nvr < right.nvr ? -1 : 1)
}

/** The newest release that images can be built on unchanged, or null; each of the rest is returned with its reason. */
export function chooseFixedRelease(
  image: Image,
  groupRepositories: readonly string[],
  newer: readonly Image[],
  { compared, contentSets, buildRegistries, kojiStates = new Map() }: ReleaseRules,
): { fixedRelease: string | null; considered: Consideration[] } {
  const { kept, considered } = filterImages(newer, [
    dropUnpublished(buildRegistries),
    dropHotfixes,
    dropMissingInGroup(groupRepositories, compared),
    ...(contentSets.length > 0 ? [dropOtherContentSets(contentSets)] : []),
    dropUnreadable,
    dropOtherNames(compared, image),
    dropUnfixed(compared, image),
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
function dropMissingInGroup(
  repositories: readonly string[],
  compared: ReleaseRules['compared'],
): ImageFilter {
  return (release) => {
    const { offered } = compared(release)
    const missing = repositories.filter((repository) => !offered.has(repository))
    if (missing.length === 0) return KEPT
    const reason = `it is not offered in ${shortList(missing)}, where the image it would replace is`
    return dropped('image-group', reason, { repositories, offered: [...offered] })
  }
}

/** Drops releases whose RPMs are not all known: nothing is built on one that may lack the fix. */
export function dropUnreadable({ rpms, unreadableRpms = 0, archesWithoutRpms }: Image): FilterResult {
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
function dropOtherNames(compared: ReleaseRules['compared'], ancestor: Image): ImageFilter {
  const wanted = compared(ancestor)
  return (release) => {
    const { names, joinedNames } = compared(release)
    if (joinedNames === wanted.joinedNames) return KEPT
    const reason = `of the advisory's RPMs it has ${shortList(names)}, but ${ancestor.nvr} has ${shortList(wanted.names)}`
    return dropped('rpm-names', reason, { names, wanted: wanted.names })
  }
}

/** Drops releases in which any RPM lacks the fix or has it in another stream (each module is a stream of its own). */
function dropUnfixed(compared: ReleaseRules['compared'], ancestor: Image): ImageFilter {
  const { lacking } = compared(ancestor)
  return (release) => {
    const { pairs, streams } = compared(release)
    if (pairs.length > 0)
      return dropped('rpm-version', `it also lacks the fix: ${shortList(pairs)}`, { pairs })
    const absent = lacking.filter(({ build }) => !streams.has(build))
    if (absent.length === 0) return KEPT
    const missing = absent.map(({ wanted }) => wanted)
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
