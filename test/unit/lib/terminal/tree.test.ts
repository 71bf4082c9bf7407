/** Trees of lines: every item once, whatever its parent. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLiveLines } from '../../../../src/lib/terminal/live-lines.ts'
import { drawTree } from '../../../../src/lib/terminal/tree.ts'

const item = (id: number, parentId: number | null) => ({ id, parentId, text: `<${id}>` })

describe('a tree', () => {
  it('has each item below its parent, in the given order', () => {
    const items = [item(1, null), item(4, null), item(2, 1), item(3, 1), item(5, 2)]
    expect(drawTree(items)).toEqual(['  ├─ <1>', '  │  ├─ <2>', '  │  │  └─ <5>', '  │  └─ <3>', '  └─ <4>'])
  })

  it('loses no item to a cycle or to a missing parent', () => {
    const parent = fc.option(fc.integer({ min: 0, max: 8 }))
    fc.assert(
      fc.property(fc.array(parent, { maxLength: 8 }), (parents) => {
        const items = parents.map((parentId, id) => item(id, parentId))
        const texts = drawTree(items).map((line) => line.replace(/^[ │├└─]+/, ''))
        expect(texts.sort()).toEqual(items.map(({ text }) => text).sort())
      }),
    )
  })
})

describe('live lines', () => {
  it('replace those drawn before, and stay on the screen', () => {
    const written: string[] = []
    const show = createLiveLines({ rows: 4, write: (text) => written.push(text) })
    show(['a', 'b', 'c'])
    show(['d'])
    expect(written.map((text) => text.replace('\x1b[?7l', '').replace('\x1b[?7h', ''))).toEqual([
      '\x1b[2Ka\n\x1b[2Kb\n\x1b[0J',
      '\x1b[2A\x1b[2Kd\n\x1b[0J',
    ])
  })

  it('are not wrapped by a narrow terminal, which would make more lines of them than are replaced', () => {
    const written: string[] = []
    createLiveLines({ rows: 9, write: (text) => written.push(text) })(['x'.repeat(500)])
    expect(written.join('')).toBe(`\x1b[?7l\x1b[2K${'x'.repeat(500)}\n\x1b[?7h\x1b[0J`)
  })
})
