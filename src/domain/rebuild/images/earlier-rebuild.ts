/** Whether the rebuild of an earlier event has the RPMs that are needed now: its advisory may have been respun since then. */
import { indexFixed, olderRpms } from './affected-rpms.ts'
import { tryParseNvr, withoutEpoch } from './nvr.ts'

/** An image that an earlier event has rebuilt, as `nvr`. */
export type EarlierRebuild = {
  nvr: string
  /** The RPMs (NVRs) that its event had to put in; null: not known. */
  fixedRpms: readonly string[] | null
  /** Its event was about the same advisory, so that it had to put in everything that the advisory had then. */
  isOfSameAdvisory: boolean
}

/**
 * Whether it lacks one of the `needed` RPMs (NVRs). One that an event of another advisory did not put in may have come with its
 * rebuild all the same, unless that event put in an older one.
 */
export function lacksRpms(
  { fixedRpms, isOfSameAdvisory }: EarlierRebuild,
  needed: readonly string[],
): boolean {
  if (fixedRpms === null) return false
  const had = fixedRpms.map(withoutEpoch)
  if (isOfSameAdvisory) return needed.some((rpm) => !had.includes(withoutEpoch(rpm)))
  const installed = had.flatMap((nvr) => {
    const name = tryParseNvr(nvr)?.name
    return name === undefined ? [] : [{ name, nvr }]
  })
  return olderRpms(indexFixed(needed), installed).length > 0
}
