/** Finds the RPMs of an image that are older than the fixed ones: the single check for found images, ancestors and finished builds. */
import { shortList } from '../consideration.ts'
import type { Image, InstalledRpm } from './image.ts'
import { nearestBuilds, separatingNumbers } from './module-streams.ts'
import {
  compareNvr,
  formatNvr,
  isModular,
  minorDist,
  type Nvr,
  parseNvr,
  stream,
  tryParseNvr,
  withoutEpoch,
} from './nvr.ts'

/** The fixed builds of one RPM name with one dist tag; an advisory may list several (`.el8_6` and `.el8_9`). */
type FixedInStream = {
  nvrs: ReadonlySet<string>
  builds: readonly Nvr[]
  newest: Nvr
  /** The newest build for each minor release that has builds of its own, by `minorDist`. */
  newestOfMinor: ReadonlyMap<string, Nvr>
  /** How many leading numbers of a version identify the stream of a module; 0: there is only one stream. */
  separating: number
}

/** Fixed builds by RPM name, then by stream; built once per advisory, then looked up for thousands of images. */
export type FixedIndex = ReadonlyMap<string, ReadonlyMap<string, FixedInStream>>

/** An installed RPM and the fixed build it is compared with. `epochUnknown`: they were compared without epochs. */
export type OlderRpm = { name: string; installed: string; wanted: string; epochUnknown?: true }

/** Index of an advisory's RPM builds; epochs count where given (`mod_ssl-1:2.4-1`). Throws if one is not an NVR. */
export function indexFixed(fixedNvrs: readonly string[]): FixedIndex {
  const byName = Map.groupBy(fixedNvrs.map(parseNvr), ({ name }) => name)
  return new Map(
    [...byName].map(([name, ofName]) => {
      const byStream = Map.groupBy(ofName, (build) => stream(formatNvr(build)))
      return [name, new Map([...byStream].map(([key, builds]) => [key, fixedInStream(builds)]))]
    }),
  )
}

function fixedInStream(builds: readonly Nvr[]): FixedInStream {
  const nvrs = new Set(builds.map(formatNvr))
  const separating = [...nvrs].some(isModular) ? separatingNumbers(builds) : 0
  return { nvrs, builds, newest: newestOf(builds), newestOfMinor: newestOfEachMinor(builds), separating }
}

function newestOfEachMinor(builds: readonly Nvr[]): Map<string, Nvr> {
  const byMinor = Map.groupBy(builds, (build) => minorDist(formatNvr(build)))
  return new Map([...byMinor].flatMap(([minor, ofMinor]) => (minor ? [[minor, newestOf(ofMinor)]] : [])))
}

function newestOf(builds: readonly Nvr[]): Nvr {
  return builds.reduce((newest, build) => (compareNvr(build, newest) > 0 ? build : newest))
}

/** The fixed build that an RPM is compared with: the newest of its stream, always the same object; null without one. */
export function fixedBuildFor(
  fixed: FixedIndex,
  { name, nvr }: Pick<InstalledRpm, 'name' | 'nvr'>,
): Nvr | null {
  const inStream = inStreamOf(fixed, { name, nvr })
  const parsed = tryParseNvr(nvr)
  if (!inStream || !parsed) return null
  const { builds, newest, separating } = inStream
  return separating === 0 ? newest : newestOf(nearestBuilds(builds, parsed.version, separating))
}

/**
 * Without a dist tag on one side, the stream is not known there. Such an installed RPM is compared with the stream whose fix is the
 * lowest: older than that, it lacks the fix whatever its stream is. Such a fixed build counts for every stream without its own.
 */
function inStreamOf(
  fixed: FixedIndex,
  { name, nvr }: Pick<InstalledRpm, 'name' | 'nvr'>,
): FixedInStream | undefined {
  const streams = fixed.get(name)
  const own = stream(nvr)
  const found = streams?.get(own)
  if (found || !streams || isModular(nvr)) return found
  if (own !== '') return streams.get('')
  const known = [...streams].flatMap(([key, inStream]) => (isModular(key) ? [] : [inStream]))
  return known.sort((left, right) => compareNvr(left.newest, right.newest))[0]
}

/**
 * The installed RPMs that lack the fix, each listed once for all its architectures. An RPM is fixed when it is one of the
 * advisory's builds, whatever epochs are known, or at least as new as the newest of its stream or of its minor release. Without a
 * fixed build in its stream it is not affected: an el8 RPM is never compared with an el9 one. Streams of a module that the
 * advisory fixes are told apart by versions. Epochs are compared only where both are known, and must be of one kind: of the RPMs
 * themselves, or of their source packages, which may have others.
 */
export function olderRpms(
  fixed: FixedIndex,
  installed: readonly Pick<InstalledRpm, 'name' | 'nvr' | 'epoch'>[],
): OlderRpm[] {
  const older = new Map<string, OlderRpm>()
  for (const { name, nvr, epoch = null } of installed) {
    if (older.has(nvr)) continue
    const inStream = inStreamOf(fixed, { name, nvr })
    const newest = fixedBuildFor(fixed, { name, nvr })
    const parsed = tryParseNvr(nvr)
    if (!inStream || !newest || !parsed || inStream.nvrs.has(nvr)) continue
    const enough = [newest, inStream.newestOfMinor.get(minorDist(nvr) ?? '') ?? newest]
    if (enough.some((build) => isAtLeast({ ...parsed, epoch }, build))) continue
    const epochsKnown = epoch !== null && newest.epoch !== null
    const isUncertain = !epochsKnown && (newest.epoch ?? epoch ?? 0) > 0
    const show = isUncertain || (epochsKnown && epoch !== newest.epoch) ? withKnownEpoch : formatNvr
    const pair = { installed: show({ ...parsed, epoch: epochsKnown ? epoch : null }), wanted: show(newest) }
    older.set(nvr, { name, ...pair, ...(isUncertain && { epochUnknown: true }) })
  }
  return [...older.values()]
}

/** Compares epochs only where both are known. */
function isAtLeast(installed: Nvr, build: Nvr): boolean {
  if (installed.epoch !== null && build.epoch !== null) return compareNvr(installed, build) >= 0
  return compareNvr({ ...installed, epoch: null }, { ...build, epoch: null }) >= 0
}

/** NVRs (no epoch) of the fixed builds that an image needs; all of them where its RPMs are not known on every architecture. */
export function wantedRpms(
  fixed: FixedIndex,
  { rpms, archesWithoutRpms = [] }: Pick<Image, 'rpms' | 'archesWithoutRpms'>,
): string[] {
  if (rpms !== null && archesWithoutRpms.length === 0)
    return olderRpms(fixed, rpms).map(({ wanted }) => withoutEpoch(wanted))
  return [...fixed.values()].flatMap((inStreams) => [...inStreams.values()].flatMap(({ nvrs }) => [...nvrs]))
}

/** `name-epoch:version-release`, without an epoch that is 0 or not known; shown where the epochs decide. */
function withKnownEpoch(nvr: Nvr): string {
  return nvr.epoch ? `${nvr.name}-${nvr.epoch}:${nvr.version}-${nvr.release}` : formatNvr(nvr)
}

/** Whether any of these RPMs has a fixed build in its stream with an epoch above 0. */
export function needsEpochs(fixed: FixedIndex, installed: readonly InstalledRpm[]): boolean {
  return installed.some((rpm) => (fixedBuildFor(fixed, rpm)?.epoch ?? 0) > 0)
}

/** Follows the text of a comparison without epochs where these might decide. */
export const EPOCH_UNKNOWN = ' (its epoch is not known)'

/** Why an image with these RPMs is rebuilt, as text for people. */
export function affectedReason(older: readonly OlderRpm[]): string {
  return shortList(
    older.map(
      ({ installed, wanted, epochUnknown }) =>
        `${installed} is older than ${wanted}${epochUnknown ? EPOCH_UNKNOWN : ''}`,
    ),
  )
}
