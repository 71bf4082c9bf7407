/** Colors of the states of things, on a terminal alone. */
import pc from 'picocolors'

/** Colors a text that is already printable. */
export type Paint = (text: string) => string
/** The colors in use. */
export type Style = { bold: Paint; faint: Paint; state(name: string): Paint }

const plain: Paint = (text) => text

/** @param hasColors whether standard output shows them; what picocolors itself finds out includes pipes in CI */
export function createStyle(hasColors: boolean): Style {
  const colors = pc.createColors(hasColors)
  const byState = new Map<string, Paint>([
    ...['DONE', 'COMPLETE', 'done', 'satisfied'].map((name) => [name, colors.green] as const),
    ...['FAILED', 'failed', 'refused'].map((name) => [name, colors.red] as const),
    ...['BUILD', 'BUILDING', 'new'].map((name) => [name, colors.cyan] as const),
    ...['CANCELED', 'SKIPPED'].map((name) => [name, colors.yellow] as const),
    ...['PLANNED', 'INITIALIZED', 'ignored'].map((name) => [name, colors.gray] as const),
  ])
  return { bold: colors.bold, faint: colors.gray, state: (name) => byState.get(name) ?? plain }
}
