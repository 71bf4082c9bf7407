/** Lines on a terminal that are redrawn in place. */

/** Where lines go: standard output, when it is a terminal. */
export type Screen = { rows?: number; write(text: string): unknown }

/** Returns a function that replaces the lines it drew before; what does not fit on the screen is left out. */
export function createLiveLines(screen: Screen): (lines: readonly string[]) => void {
  let drawn = 0
  return (lines) => {
    const shown = lines.slice(0, Math.max(1, (screen.rows ?? 50) - 2))
    const up = drawn > 0 ? `\x1b[${drawn}A` : ''
    screen.write(`${up}${shown.map((line) => `\x1b[2K${line}`).join('\n')}\n\x1b[0J`)
    drawn = shown.length
  }
}
