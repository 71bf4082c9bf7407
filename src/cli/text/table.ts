/** Draws records from the API as a table, or one record as a list. Pure: data in, text out. */
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** A record as it came: its values may be anything. */
export type Item = Readonly<Record<string, unknown>>
/** The heading of a column and the name of the value in it; a dotted name leads inside. */
export type Column = readonly [title: string, key: string]

const GAP = '  '
const MIN_WIDTH = 10

/**
 * The lines of a table. @param width columns of the terminal: in a table that is wider, columns without values are left out, and
 * the widest is cut; Infinity: everything is there, for programs that read a pipe
 */
export function drawTable(
  columns: readonly Column[],
  items: readonly Item[],
  style: Style,
  width: number,
): string[] {
  const all = columns.map(([title, key]) => ({
    title,
    cells: items.map((item) => cellText(valueAt(item, key))),
  }))
  const shown =
    sumOf(all.map(widthOf)) <= width
      ? all
      : all.filter(({ cells }) => cells.some(Boolean) || cells.length === 0)
  const titles = shown.map(({ title }) => title)
  const rows = items.map((_item, row) => shown.map(({ cells }) => cells[row] ?? ''))
  const widths = fitted(shown.map(widthOf), width)
  const line = (cells: readonly string[], paint: (cell: string, index: number) => string) =>
    cells
      .map((cell, index) => {
        const text = cut(cell, widths[index] ?? 0)
        const padding = index === cells.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - text.length)
        return `${paint(text, index)}${padding}`
      })
      .join(GAP)
      .trimEnd()
  return [
    line(titles, (text) => style.bold(text)),
    ...rows.map((row) => line(row, (text, index) => style.state(row[index] ?? '')(text))),
  ]
}

/** One line for each value of a record, those that are empty left out. */
export function drawItem(columns: readonly Column[], item: Item, style: Style): string[] {
  const shown = columns
    .map(([title, key]) => [title, cellText(valueAt(item, key))] as const)
    .filter(([, text]) => text !== '')
  const width = maxOf(shown.map(([title]) => title))
  return shown.map(([title, text]) => `${style.faint(title.padEnd(width))}${GAP}${style.state(text)(text)}`)
}

/** A value on one line that is safe for a terminal. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(cellText).join(' ')
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return printable(text.replace(/\s+/g, ' '))
}

function valueAt(item: Item, key: string): unknown {
  return key.split('.').reduce<unknown>((value, name) => (isItem(value) ? value[name] : undefined), item)
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null
}

/** Takes the excess width from the widest column, and the rest from the next, as long as they stay readable. */
function fitted(widths: readonly number[], width: number): number[] {
  const result = [...widths]
  let over = sumOf(result) - width
  const widestFirst = [...widths.entries()].sort(([, a], [, b]) => b - a)
  for (const [index, full] of widestFirst) {
    if (over <= 0) break
    const left = Math.min(full, Math.max(MIN_WIDTH, full - over))
    result[index] = left
    over -= full - left
  }
  return result
}

function widthOf({ title, cells }: { title: string; cells: readonly string[] }): number {
  return maxOf([title, ...cells])
}

/** The width of all columns with the gaps between them. */
function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1)
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1).toWellFormed()}…` : text
}

/** Not `Math.max(...lengths)`: there may be more rows than a call can have arguments. */
function maxOf(texts: readonly string[]): number {
  return texts.reduce((max, { length }) => Math.max(max, length), 0)
}
