/**
 * Tells the streams of a module apart (nodejs:18 and nodejs:20) by the versions of their RPMs: neither the name of a build nor what
 * the catalogue knows of an RPM shows which stream it is of, but streams are named after versions (decision 0076).
 */
import type { Nvr } from './nvr.ts'

/**
 * How many leading numbers of a version identify the stream, for these builds of one name; 0: they may all be of one stream.
 * Two versions are certainly of two streams when they were built for the same platform, because an advisory has one build of a
 * stream per platform, or when their first numbers differ.
 */
export function separatingNumbers(builds: readonly Nvr[]): number {
  let separating = 0
  for (const [index, left] of builds.entries())
    for (const right of builds.slice(index + 1))
      separating = Math.max(separating, separatingPair(left, right))
  return separating
}

/**
 * The builds that an RPM of this version is compared with: those whose version shares the most leading numbers with it, of the
 * first `separating`. With several, any of them may be of its stream, so all count.
 */
export function nearestBuilds(builds: readonly Nvr[], version: string, separating: number): readonly Nvr[] {
  const shared = builds.map((build) => Math.min(separating, sharedNumbers(build.version, version)))
  const nearest = Math.max(...shared)
  return builds.filter((_build, index) => shared[index] === nearest)
}

function separatingPair(left: Nvr, right: Nvr): number {
  if (left.version === right.version) return 0
  const shared = sharedNumbers(left.version, right.version)
  return shared === 0 || platformOf(left) === platformOf(right) ? shared + 1 : 0
}

function sharedNumbers(left: string, right: string): number {
  const [leftNumbers, rightNumbers] = [numbersOf(left), numbersOf(right)]
  const differing = leftNumbers.findIndex((number, index) => number !== rightNumbers[index])
  return differing < 0 ? leftNumbers.length : differing
}

function numbersOf(version: string): string[] {
  return version.split(/[._+~^]/)
}

/** `1.module+el8.9.0+21767+537f33ee` -> `el8.9.0`. */
function platformOf({ release }: Nvr): string | undefined {
  return /module\+([^+]+)/.exec(release)?.[1]
}
