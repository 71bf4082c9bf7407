/** Verifies that a finished container has the fix: compares its RPMs with those of the advisory (behaviour/freshmaker 6.4). */
import { shortList } from '../consideration.ts'
import {
  EPOCH_UNKNOWN,
  fixedBuildFor,
  indexFixed,
  type OlderRpm,
  olderRpms,
} from '../images/affected-rpms.ts'
import type { InstalledRpm } from '../images/image.ts'
import { buildText } from '../texts.ts'
import type { Verification } from './facts.ts'

/** What is known about a finished build. `toFix`: names of the RPMs that lacked the fix in the original image. */
export type RpmEvidence = {
  nvr: string
  toFix: readonly string[]
  /** Architectures of the original image that it was not built for; null: not known. */
  missingArches: readonly string[] | null
  installed: readonly InstalledRpm[]
  /** Number of RPM records that could not be read. */
  unreadable: number
}

/** What is known about a list of RPMs; `everywhere`: names that every architecture has; `arches`: null where they cannot be read. */
export type ListedRpms = {
  everywhere: ReadonlySet<string>
  arches: readonly string[] | null
  isWhole: boolean
  unreadable: number
}

/** What the rebuilt image should have: RPMs of these names, and the architectures of the original image; null: not known. */
export type Expected = { names: readonly string[]; arches: readonly string[] | null }

/** `unknown`: no verdict is possible, with the text that says what is missing. */
export type RpmVerdict = Verification | { unknown: string }

/**
 * Compares the RPMs of all architectures with the advisory's, per name and stream. Newer RPMs pass, and fixed RPMs that
 * are not installed are ignored; those that the original image had are listed in the note, like its architectures. An RPM to fix
 * that is installed only from other streams was compared with nothing. Epochs are those of the RPMs.
 */
export function judgeRpms(
  fixedNvrs: readonly string[],
  { nvr, toFix, missingArches: notBuilt, installed, unreadable }: RpmEvidence,
  { kojiBuildId, advisoryId }: { kojiBuildId: number; advisoryId: number },
): RpmVerdict {
  const fixed = indexFixed(fixedNvrs)
  const mismatches = olderRpms(fixed, installed)
  if (mismatches.length > 0) return { ok: false, text: mismatchText(kojiBuildId, advisoryId, mismatches) }
  if (installed.length === 0) return { unknown: `No RPMs of ${nvr} are known` }
  if (unreadable > 0) return { unknown: `${unreadable} RPM records of ${nvr} cannot be read` }
  const uncompared = toFix.flatMap((name) => {
    const ofName = installed.filter((rpm) => rpm.name === name)
    return ofName.some((rpm) => fixedBuildFor(fixed, rpm)) ? [] : ofName.map((rpm) => rpm.nvr)
  })
  if (uncompared.length > 0)
    return {
      unknown: `No fixed build of their stream is known for ${shortList(new Set(uncompared))} in ${nvr}`,
    }
  const gone = missingNames(toFix, installed)
  const notes = [
    ...(gone.length > 0 ? [`No longer in the rebuilt image: ${shortList(gone)}`] : []),
    ...(notBuilt?.length ? [`No longer built for ${shortList(notBuilt)}`] : []),
  ]
  return { ok: true, note: notes.join('; ') || null }
}

/**
 * Whether the RPM list may be incomplete where it matters: it is marked so, or an architecture is missing, or lacks one of the
 * names. Both may be correct, but only a complete list can confirm that.
 */
export function needsWholeList({ names, arches }: Expected, listed: ListedRpms): boolean {
  const { everywhere, isWhole, unreadable } = listed
  const lacksNames = names.some((name) => !everywhere.has(name))
  return !isWhole || unreadable > 0 || lacksNames || (missingArches(arches, listed) ?? []).length > 0
}

/** The architectures of the original image that the list does not have; null: not known. */
export function missingArches(
  original: readonly string[] | null,
  { arches }: Pick<ListedRpms, 'arches'>,
): string[] | null {
  return original && arches && original.filter((arch) => !arches.includes(arch))
}

/** The names of an advisory's RPMs: all of them matter when it is not known which the original image had. */
export function fixedRpmNames(fixedNvrs: readonly string[]): string[] {
  return [...indexFixed(fixedNvrs).keys()]
}

function missingNames(names: readonly string[], rpms: readonly InstalledRpm[]): string[] {
  const installed = new Set(rpms.map((rpm) => rpm.name))
  return names.filter((name) => !installed.has(name))
}

/** The state reason of a build that fails the check: one line per RPM with both versions. */
function mismatchText(kojiBuildId: number, advisoryId: number, mismatches: readonly OlderRpm[]): string {
  const lines = mismatches.map(
    ({ name, installed, wanted, epochUnknown }) =>
      `${name}: ${installed} instead of ${wanted}${epochUnknown ? EPOCH_UNKNOWN : ''}`,
  )
  return buildText.rpmMismatch(kojiBuildId, advisoryId, lines.join('\n'))
}
