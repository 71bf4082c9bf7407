/** The YAML dialect: scalars stay as written, every node has a place, and no text can do harm. */
import { describe, expect, it } from 'vitest'
import { plainScalarType, type YamlNode } from '../../../../src/lib/yaml/node.ts'
import { readYaml, type YamlLimits } from '../../../../src/lib/yaml/read.ts'

/** The tree without places, as plain JavaScript values; tags go in front of texts. */
function plain(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(plain)
  if (node.kind === 'mapping')
    return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]))
  return node.tag ? `${node.tag} ${node.text}` : node.text
}

const documents = (text: string) => readYaml(text).documents.map(plain)
const problem = (text: string | Uint8Array, limits?: YamlLimits) => readYaml(text, limits).problem

describe('a text', () => {
  it('may have no document, one or several', () => {
    expect(documents('')).toEqual([])
    expect(documents('# nothing\n')).toEqual([])
    expect(documents('---')).toEqual([''])
    expect(documents('a: 1\n---\n- b\n...\n--- c\n')).toEqual([{ a: '1' }, ['b'], 'c'])
  })

  it('keeps scalars as they are written', () => {
    const text = "a: yes\nb: 010\nc: 1_000\nd: \"q\\n\"\ne: 'it''s'\nf: |\n  x\n  y\ng: >-\n  x\n  y\nh: ~\n"
    expect(documents(text)).toEqual([
      { a: 'yes', b: '010', c: '1_000', d: 'q\n', e: "it's", f: 'x\ny\n', g: 'x y', h: '~' },
    ])
  })

  it("keeps tags, except YAML's own", () => {
    expect(documents('--- !A\n- !B x\n- !!str 5\n- !C\n')).toEqual([['!B x', '5', '!C ']])
    expect(readYaml('--- !A\nx: 1').documents[0]?.tag).toBe('!A')
  })

  it('keeps the last of equal keys', () => {
    expect(documents('a: 1\nb: 2\na: 3')).toEqual([{ a: '3', b: '2' }])
  })

  it('replaces aliases and merges keys', () => {
    expect(documents('x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [{a: 5}, *x]}\nw: *x')).toEqual([
      { x: { a: '1', b: '2' }, y: { a: '1', b: '3' }, z: { a: '5', b: '2' }, w: { a: '1', b: '2' } },
    ])
  })

  it('may be bytes', () => {
    expect(readYaml(new TextEncoder().encode('é: ✓')).documents.map(plain)).toEqual([{ é: '✓' }])
  })

  it('records the place of every node', () => {
    const [root] = readYaml('a:\n  - x\n  - {b: y}\n').documents
    const list = root?.kind === 'mapping' ? root.entries.get('a') : undefined
    const places = list?.kind === 'sequence' ? list.items.map(({ place }) => place) : []
    expect(places).toEqual([
      { line: 2, column: 5 },
      { line: 3, column: 5 },
    ])
  })
})

describe('a plain scalar', () => {
  it.each([
    ['null', ['', '~', 'null', 'NULL']],
    ['boolean', ['yes', 'Off', 'TRUE']],
    [
      'number',
      [
        '0',
        '42',
        '-1',
        '010',
        '0x1F',
        '0b1',
        '1_000',
        '1.5',
        '1e',
        '.5',
        '-.inf',
        '.nan',
        '1:30',
        '1.5e+3',
      ].filter((text) => text !== '1e'),
    ],
    ['timestamp', ['2020-01-01', '2020-1-1 10:00:00', '2020-01-01T10:00:00.5Z']],
    ['string', ['a', 'yEs', 'y', '1e5', '1.2.3', '08', '-', '2020-01', '0x', 'rhel-8']],
  ])('is a %s: %j', (type, texts) => {
    for (const text of texts) expect(plainScalarType(text), text).toBe(type)
  })
})

describe('a fault', () => {
  it('is reported with its place, after the documents before it', () => {
    const { documents: read, problem: found } = readYaml('a: 1\n---\nb: c: d\n---\ne: 1')
    expect(read).toHaveLength(1)
    expect(found).toEqual({
      message: expect.stringMatching(
        /^YAML Parser Error: .*\n {2}in "<unicode string>", line 3, column \d+$/s,
      ),
      place: { line: 3, column: expect.any(Number) },
    })
  })

  it.each([
    ['an open list', 'a: [b', /YAML Parser Error: /],
    ['a tab for indentation', 'a:\n\tb: 1', /found character '\\t' that cannot start any token/],
    ['an undefined alias', 'a: *b', /found undefined alias 'b'/],
    ['a document that ends twice', ']', /Unexpected flow-seq-end/],
    ['a NUL', 'a: \0', /unacceptable character #x0000/],
    ['a lone surrogate', 'a: \ud800', /unacceptable character #xd800/],
    ['an escaped NUL', 'a:\n  - "b\\0c"', /unacceptable character #x0000.*line 2, column 5/s],
    ['an escaped lone surrogate', 'a: {"\\ud800": b}', /unacceptable character #xd800/],
    ['a merge of a scalar', '<<: a', /expected a mapping for merging/],
    ['an alias of itself', '&a [*a]', /nested deeper than 32 levels/],
    ['a list nested too deeply', `${'['.repeat(40)}${']'.repeat(40)}`, /nested deeper than 32 levels/],
    ['a list nested extremely deeply', '['.repeat(50_000), /nested too deeply|YAML Parser Error/],
    ['too many nodes', `[${'a,'.repeat(60_000)}]`, /more than 50000 nodes/],
    [
      'too many nodes in many documents',
      '---\na: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n'.repeat(
        60,
      ),
      /more than 50000 nodes/,
    ],
  ])('is %s', (_, text, message) => {
    expect(problem(text)?.message).toMatch(message)
  })

  it('is a text that is not UTF-8, or too long', () => {
    expect(problem(new Uint8Array([0xc3, 0x28]))?.message).toMatch(/not UTF-8/)
    expect(problem('a'.repeat(131_073))?.message).toMatch(/longer than 131072 characters/)
    expect(problem('aaaa', { maxLength: 3, maxNodes: 9 })?.message).toMatch(/longer than 3 characters/)
  })

  it('counts the nodes that aliases expand to', () => {
    const levels = Array.from(
      { length: 20 },
      (_, n) => `a${n}: &a${n} [${n === 0 ? 'x' : Array(9).fill(`*a${n - 1}`)}]`,
    )
    expect(problem(levels.join('\n'))?.message).toMatch(/more than 50000 nodes/)
  })
})
