/** For any YAML text: brackets ignore line breaks, and every tag has its true place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { YamlNode } from '../../../../src/lib/yaml/node.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'

function plain(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(plain)
  if (node.kind === 'scalar') return node.text
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]))
}

/** Values in bracket notation, with an `_` wherever a line may end. */
const { brackets } = fc.letrec<{ brackets: string }>((tie) => ({
  brackets: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', '"b_c"', "'d_e'", 'f_g', '5', '!T_h', '""'),
    fc.array(tie('brackets')).map((items) => `[_${items.join('_,_')}_]`),
    fc
      .array(fc.tuple(fc.constantFrom('a', '"b"', "'c'"), tie('brackets')))
      .map((pairs) => `{_${pairs.map(([key, value]) => `${key}:_${value}`).join('_,_')}_}`),
  ),
}))

describe('brackets', () => {
  it('mean the same on any number of lines, at any column', () => {
    const breaks = fc.array(fc.constantFrom(' ', '\n', '\n ', '\n    ', '\n      ', ' \r\n  '), {
      minLength: 1,
    })
    fc.assert(
      fc.property(brackets, breaks, (text, ends) => {
        let count = 0
        const broken = text.replaceAll('_', () => ends[count++ % ends.length] ?? '')
        const [flat, wrapped] = [text.replaceAll('_', ' '), broken].map((value) => {
          const { documents, problem } = readYaml(`a:\n  - b: [${value}]\n    c: d\n  - e\n`)
          expect(problem, value).toBeNull()
          return documents.map(plain)
        })
        expect(wrapped).toEqual(flat)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a tag', () => {
  const word = fc.constantFrom(
    ...['--- ', '- ', 'a: ', '? ', ': ', '[', ']', '{', '}', ', ', '\n', '\n  ', '# c\n', 'x', '*a'],
    ...[
      '!T ',
      '!U\n',
      '&a ',
      '&b\n',
      '! ',
      '!!str ',
      '!T {b: !U c}',
      '"q\n"',
      '|\n  x\n',
      'k: !T\n  &b l: m\n',
    ],
  )

  it('is where its node begins', () => {
    let tags = 0
    const look = (node: YamlNode, lines: string[]): void => {
      const start = lines[node.place.line - 1]?.charAt(node.place.column - 1)
      if (node.tag !== null) expect(start, lines.join('\n')).toMatch(/[!&]/)
      if (node.tag !== null) tags++
      if (node.kind === 'sequence') for (const item of node.items) look(item, lines)
      if (node.kind === 'mapping') for (const item of node.entries.values()) look(item, lines)
    }
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const text = words.join('')
        for (const document of readYaml(text).documents) look(document, text.split('\n'))
      }),
      { numRuns: 5000 },
    )
    expect(tags).toBeGreaterThan(100)
  })
})
