/** Tables of any records, for people and for pipes. */
import { describe, expect, it } from 'vitest'
import { createStyle } from '../../../../src/cli/text/style.ts'
import { type Column, cellText, drawItem, drawTable } from '../../../../src/cli/text/table.ts'

const plain = createStyle(false)
const COLUMNS: readonly Column[] = [
  ['ID', 'id'],
  ['NAME', 'name'],
  ['INNER', 'a.b'],
]
const draw = (items: Record<string, unknown>[], width = Number.POSITIVE_INFINITY) =>
  drawTable(COLUMNS, items, plain, width)

describe('a table', () => {
  it('has columns as wide as their widest cell, and nothing at the end of lines', () => {
    expect(
      draw([
        { id: 1, name: 'a', a: { b: true } },
        { id: 22, name: 'long name' },
      ]),
    ).toEqual(['ID  NAME       INNER', '1   a          true', '22  long name'])
  })

  it('shows any value on one line without control characters', () => {
    const hostile = '\x1b[2J\r\nx\x9b\u0000'
    expect(draw([{ id: null, name: hostile, a: 'text' }])[1]).toBe('    \\x1b[2J x\\x9b\\x00')
    expect(cellText([1, null, { k: '\x07' }])).toBe('1  {"k":"\\u0007"}')
    expect(cellText(undefined)).toBe('')
  })

  it('is cut to a terminal in its widest columns, and never in a pipe', () => {
    const items = [{ id: 1, name: 'x'.repeat(200), a: { b: 'y'.repeat(30) } }]
    for (const width of [40, 80]) {
      const lines = draw(items, width)
      expect(Math.max(...lines.map((line) => line.length))).toBe(width)
      expect(lines[1]).toMatch(/^1 {3}x+…/)
    }
    expect(draw(items)[1]).toHaveLength(1 + 3 + 200 + 2 + 30)
    expect(draw(items, 5)[1]).toBe(`1   ${'x'.repeat(9)}…  ${'y'.repeat(9)}…`)
  })

  it('that is too wide leaves out columns without values before it cuts others', () => {
    const items = [{ id: 1, name: 'x'.repeat(20) }]
    expect(draw(items, 26)).toEqual(['ID  NAME', `1   ${'x'.repeat(20)}`])
    expect(draw(items, 80)[0]).toContain('INNER')
    expect(draw([], 10)[0]).toContain('INNER')
  })

  it('may have more rows than a call can have arguments', () => {
    expect(draw(Array.from({ length: 200_000 }, (_none, id) => ({ id })))).toHaveLength(200_001)
  })
})

describe('a record', () => {
  it('has a line for each value that is there', () => {
    expect(drawItem(COLUMNS, { id: 7, name: '', a: { b: [1, 2] } }, plain)).toEqual([
      'ID     7',
      'INNER  1 2',
    ])
  })
})
