/** Chooses the release of each requested package: its newest that was built from the requested branch (behaviour/freshmaker 6.6). */
import type { Consideration } from '../consideration.ts'
import { sortNvrs, tryParseNvr } from '../images/nvr.ts'

/**
 * What the build system answers about the branch of a build. `none`: it was not built from a branch, with the reason.
 * `unreadable`: its record cannot be read, so the branch is not known.
 */
export type BuildBranch = { branch: string } | { none: string } | { unreadable: string }

/** Branches by NVR, as far as they have been looked up. */
export type KnownBranches = ReadonlyMap<string, BuildBranch>

/** NVRs of the published releases of each requested package, the newest first. */
export type PackageReleases = ReadonlyMap<string, readonly string[]>

/** A release to rebuild; `error`: it may be the right one, but its record cannot be read, so it cannot be built. */
export type ChosenRelease = { nvr: string; error: string | null }

/** Releases of the requested packages; an NVR of any other package is left out, as is what is not an NVR. */
export function releasesByPackage(packages: readonly string[], nvrs: readonly string[]): PackageReleases {
  const ordered = sortNvrs(
    nvrs.filter((nvr) => tryParseNvr(nvr)),
    { descending: true },
  )
  const byName = Map.groupBy(new Set(ordered), (nvr) => tryParseNvr(nvr)?.name)
  return new Map(packages.map((name) => [name, byName.get(name) ?? []]))
}

/** The next `count` releases of each package whose branches are needed before its choice is clear; empty: all choices are. */
export function openReleases(
  releases: PackageReleases,
  known: KnownBranches,
  branch: string,
  count: number,
): string[] {
  return [...releases.values()].flatMap((nvrs) => {
    const first = nvrs.findIndex((nvr) => !isPassedOver(known.get(nvr), branch))
    const nvr = nvrs[first]
    return nvr === undefined || known.has(nvr) ? [] : nvrs.slice(first, first + count)
  })
}

/**
 * The first release of each package that is not known to have another origin. `missing`: packages without such a release.
 * What was looked up and not chosen is considered, with the reason.
 */
export function chooseReleases(
  releases: PackageReleases,
  known: KnownBranches,
  branch: string,
): { chosen: ChosenRelease[]; missing: string[]; considered: Consideration[] } {
  const chosen: ChosenRelease[] = []
  const missing: string[] = []
  const considered: Consideration[] = []
  for (const [name, nvrs] of releases) {
    const lookedUp = nvrs.filter((nvr) => known.has(nvr))
    const choice = lookedUp.find((nvr) => !isPassedOver(known.get(nvr), branch))
    if (choice === undefined) missing.push(name)
    else chosen.push({ nvr: choice, error: unreadable(known.get(choice)) })
    for (const nvr of lookedUp)
      if (nvr !== choice) considered.push(passedOver(nvr, known.get(nvr), branch, choice))
  }
  return { chosen, missing: missing.sort(), considered }
}

/** Whether it is certain that the release was not built from the branch. */
function isPassedOver(origin: BuildBranch | undefined, branch: string): boolean {
  if (!origin || 'unreadable' in origin) return false
  return 'none' in origin || origin.branch !== branch
}

function unreadable(origin: BuildBranch | undefined): string | null {
  return origin && 'unreadable' in origin ? origin.unreadable : null
}

function passedOver(
  nvr: string,
  origin: BuildBranch | undefined,
  branch: string,
  choice: string | undefined,
): Consideration {
  const notRebuilt = { nvr, outcome: 'not-rebuilt' } as const
  if (origin && 'none' in origin) return { ...notRebuilt, rule: 'no-branch', reason: origin.none }
  if (origin && 'branch' in origin && origin.branch !== branch) {
    const reason = `it was built from the branch ${origin.branch}, not from ${branch}`
    return { ...notRebuilt, rule: 'other-branch', reason }
  }
  return { ...notRebuilt, rule: 'newest-release', reason: `${choice} is newer than ${nvr}` }
}
