/** Whether a finished container really holds the fix: its RPMs against those of the advisory (behaviour/freshmaker 6.4). */
import { shortList } from '../consideration.ts'
import { indexFixed, needsEpochs, type OlderRpm, olderRpms } from '../images/affected-rpms.ts'
import type { InstalledRpm } from '../images/image.ts'
import { buildText } from '../texts.ts'
import type { Verification } from './facts.ts'

/** What is known of a finished build. `toFix`: RPMs that the original image had and that lack the fix there. */
export type RpmEvidence = {
  nvr: string
  toFix: readonly string[]
  installed: readonly InstalledRpm[]
  /** Records of RPMs that could not be read. */
  unreadable: number
}

/** `unknown`: neither good nor bad, with what is missing. */
export type RpmVerdict = Verification | { unknown: string }

/**
 * Compares the RPMs of all architectures with the advisory's, name by name and stream by stream. Newer is fine, and
 * names that are not installed do not matter; one that the original image had is mentioned.
 */
export function judgeRpms(
  fixedNvrs: readonly string[],
  { nvr, toFix, installed, unreadable }: RpmEvidence,
  { kojiBuildId, advisoryId }: { kojiBuildId: number; advisoryId: number },
): RpmVerdict {
  const fixed = indexFixed(fixedNvrs)
  const mismatches = olderRpms(fixed, installed.map(comparable))
  if (mismatches.length > 0) return { ok: false, text: mismatchText(kojiBuildId, advisoryId, mismatches) }
  if (installed.length === 0) return { unknown: `No RPMs of ${nvr} are known` }
  if (unreadable > 0) return { unknown: `${unreadable} RPM records of ${nvr} cannot be read` }
  const gone = missingNames(toFix, installed)
  return { ok: true, note: gone.length > 0 ? `Not in the rebuilt image any more: ${shortList(gone)}` : null }

  /** The build system has the epoch of the package, the advisory that of its source: they differ only where it is 0. */
  function comparable(rpm: InstalledRpm): InstalledRpm {
    return needsEpochs(fixed, [rpm]) ? rpm : { ...rpm, epoch: null }
  }
}

/** Whether a list may lack RPMs: it says so itself, or a name is missing that the original image had. */
export function needsWholeList(
  toFix: readonly string[],
  listed: { rpms: readonly InstalledRpm[]; isWhole: boolean; unreadable: number },
): boolean {
  return !listed.isWhole || listed.unreadable > 0 || missingNames(toFix, listed.rpms).length > 0
}

function missingNames(names: readonly string[], rpms: readonly InstalledRpm[]): string[] {
  const installed = new Set(rpms.map((rpm) => rpm.name))
  return names.filter((name) => !installed.has(name))
}

/** The reason of a build that fails the check: one line for each RPM, with both versions. */
export function mismatchText(
  kojiBuildId: number,
  advisoryId: number,
  mismatches: readonly OlderRpm[],
): string {
  const lines = mismatches.map(({ name, installed, wanted }) => `${name}: ${installed} instead of ${wanted}`)
  return buildText.rpmMismatch(kojiBuildId, advisoryId, lines.join('\n'))
}
