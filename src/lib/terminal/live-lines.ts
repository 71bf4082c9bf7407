/** Lines on a terminal that are redrawn in place. */

/** Where lines go: standard output, when it is a terminal. */
export type Screen = { rows?: number; write(text: string): unknown }

const NO_WRAP = '\x1b[?7l'
const WRAP = '\x1b[?7h'

/**
 * Returns a function that replaces the lines it drew before; what does not fit on the screen is left out. Lines are not wrapped, or
 * more of them would have to be replaced than were drawn.
 */
export function createLiveLines(screen: Screen): (lines: readonly string[]) => void {
  let drawn = 0
  return (lines) => {
    const shown = lines.slice(0, Math.max(1, (screen.rows ?? 50) - 2))
    const up = drawn > 0 ? `\x1b[${drawn}A` : ''
    const text = shown.map((line) => `\x1b[2K${line}\n`).join('')
    screen.write(`${up}${NO_WRAP}${text}${WRAP}\x1b[0J`)
    drawn = shown.length
  }
}
