/** Colors of the states of things, on a terminal alone. */
import pc from 'picocolors'

/** Colors a text that is already printable. */
export type Paint = (text: string) => string
/** The colors in use: none unless standard output is a terminal and NO_COLOR is not set. */
export type Style = { bold: Paint; faint: Paint; state(name: string): Paint }

const plain: Paint = (text) => text

/** @param isTerminal whether standard output is one; picocolors alone would also color in CI */
export function createStyle(isTerminal: boolean): Style {
  const colors = pc.createColors(isTerminal && pc.isColorSupported)
  const byState = new Map<string, Paint>([
    ...['DONE', 'COMPLETE', 'done', 'satisfied'].map((name) => [name, colors.green] as const),
    ...['FAILED', 'failed', 'refused'].map((name) => [name, colors.red] as const),
    ...['BUILD', 'BUILDING', 'new'].map((name) => [name, colors.cyan] as const),
    ...['CANCELED', 'SKIPPED'].map((name) => [name, colors.yellow] as const),
    ...['PLANNED', 'INITIALIZED', 'ignored'].map((name) => [name, colors.gray] as const),
  ])
  return { bold: colors.bold, faint: colors.gray, state: (name) => byState.get(name) ?? plain }
}
