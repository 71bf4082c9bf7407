/** Whether a finished container really holds the fix: its RPMs against those of the advisory (behaviour/freshmaker 6.4). */
import { indexFixed, type OlderRpm, olderRpms } from '../images/affected-rpms.ts'
import type { InstalledRpm } from '../images/image.ts'
import { buildText } from '../texts.ts'

/** `mismatches`: installed RPMs that are older than the advisory's. */
export type RpmCheck = { ok: true } | { ok: false; mismatches: OlderRpm[] }

/**
 * Compares the RPMs of all architectures with the advisory's, name by name and stream by stream. Newer is fine, and
 * names that are not installed do not matter.
 */
export function verifyRpms(fixedNvrs: readonly string[], installed: readonly InstalledRpm[]): RpmCheck {
  const mismatches = olderRpms(indexFixed(fixedNvrs), installed)
  return mismatches.length === 0 ? { ok: true } : { ok: false, mismatches }
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
