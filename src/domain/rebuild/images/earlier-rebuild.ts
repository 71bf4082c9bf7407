/** Judges whether the rebuild of an earlier event has the RPMs that are needed now: its advisory may have been respun since then. */
import { indexFixed, olderRpms } from './affected-rpms.ts'
import { tryParseNvr, withoutEpoch } from './nvr.ts'

/** NVRs (no epoch) of RPMs by name: made once for an event, then looked up for thousands of its images. */
export type RpmsByName = ReadonlyMap<string, readonly string[]>

/** An image that an earlier event has rebuilt, as `nvr`. */
export type EarlierRebuild = {
  nvr: string
  /** The RPMs that its event had to put in; null: not known. */
  fixedRpms: RpmsByName | null
  /** Its event was about the same advisory, so that it had to put in everything that the advisory had then. */
  isOfSameAdvisory: boolean
}

/** Indexes RPMs; those that are not NVRs are under their whole text. */
export function rpmsByName(nvrs: readonly string[]): RpmsByName {
  return Map.groupBy(nvrs.map(withoutEpoch), nameOf)
}

/**
 * Whether it lacks one of the `needed` RPMs (NVRs). One that an event of another advisory did not put in may have come with its
 * rebuild all the same, unless that event put in an older one. Linear in what is needed, however much the event put in.
 */
export function lacksRpms(
  { fixedRpms, isOfSameAdvisory }: EarlierRebuild,
  needed: readonly string[],
): boolean {
  if (fixedRpms === null) return false
  const isMissing = (rpm: string) => !fixedRpms.get(nameOf(rpm))?.includes(rpm)
  if (isOfSameAdvisory) return needed.map(withoutEpoch).some(isMissing)
  const fixed = indexFixed(needed)
  const installed = [...fixed.keys()].flatMap((name) =>
    (fixedRpms.get(name) ?? []).map((nvr) => ({ name, nvr })),
  )
  return olderRpms(fixed, installed).length > 0
}

function nameOf(nvr: string): string {
  return tryParseNvr(nvr)?.name ?? nvr
}
