/** Finds out what a stream of output can show, by the variables that terminals and their users set. */

/** `isLive`: lines can be redrawn in place; where they cannot, each change is a line of its own. */
export type Abilities = { isTerminal: boolean; isLive: boolean; hasColors: boolean }

type Variables = Readonly<Record<string, string | undefined>>

const OFF = ['', '0', 'false']

/**
 * A dumb terminal prints escape sequences instead of obeying them. The log of a CI job shows colors, but keeps each drawing of a
 * line. `CI` and `FORCE_COLOR` turn no colors on: what goes through a pipe is read by programs.
 */
export function abilitiesOf(
  { isTTY: isTerminal = false }: { isTTY?: boolean },
  { TERM, CI = '', NO_COLOR = '', FORCE_COLOR = '1' }: Variables = process.env,
): Abilities {
  const obeys = isTerminal && TERM !== 'dumb'
  return {
    isTerminal,
    isLive: obeys && OFF.includes(CI),
    hasColors: obeys && NO_COLOR === '' && !['0', 'false'].includes(FORCE_COLOR),
  }
}
