/** Aligns texts in columns for a terminal, with nothing that a terminal would obey. */
import { printable } from './printable.ts'

/** A value on one line; null and undefined are empty. */
export function shown(value: unknown): string {
  return value === null || value === undefined ? '' : printable(String(value).replace(/\s+/g, ' '))
}

/** One line for each row, each column as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [] // not `Math.max(...lengths)`: there may be more rows than a call can have arguments
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The lines as one text, with a line break behind each. */
export function linesText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
