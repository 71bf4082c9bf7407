/** Agrees with PyYAML where YAML parsers differ: existing policy files were written for it. */
import { describe, expect, it } from 'vitest'
import { readPolicies } from '../../../../src/gate-input/policies/read-policies.ts'
import { readSubjectTypes } from '../../../../src/gate-input/policies/read-subject-types.ts'
import type { YamlNode } from '../../../../src/lib/yaml/node.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'

const FAULT = /^YAML Parser Error: /

/** Plain JavaScript values; the tag of a scalar precedes its text, that of a mapping is an additional key. */
function plain(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(plain)
  if (node.kind === 'scalar') return node.tag ? `${node.tag} ${node.text}` : node.text
  const pairs = [...node.entries].map(([key, value]) => [key, plain(value)])
  return Object.fromEntries(node.tag ? [['tag', node.tag], ...pairs] : pairs)
}

/** The only document, or the message of the fault. */
function read(text: string): unknown {
  const { documents, problem } = readYaml(text)
  return problem ? problem.message : documents.map(plain)[0]
}

/** The tag and the place of every node except keys, in the order of the text. */
function places(node: YamlNode): string[] {
  const inner = node.kind === 'sequence' ? node.items : node.kind === 'mapping' ? node.entries.values() : []
  const own = `${node.tag ?? ''} ${node.place.line}:${node.place.column}`
  return [own, ...[...inner].flatMap(places)]
}

describe('line breaks', () => {
  it.each([
    ['carriage returns', 'rules: # all\r- a # one\r- b\r'],
    ['next lines', 'rules: # all\u0085- a # one\u0085- b\u0085'],
  ])('may be %s, also behind comments', (_name, text) => {
    expect(read(text)).toEqual({ rules: ['a', 'b'] })
  })
})

describe('the end of a document', () => {
  it('may be marked several times', () => {
    expect(readYaml('a: b\n...\n...\n# c\n...\n--- {c: d}\n...\n...').documents.map(plain)).toEqual([
      { a: 'b' },
      { c: 'd' },
    ])
  })
})

describe('brackets and quotes', () => {
  it.each([
    ['c: d\nrules:\n  - !R {t: a,\n  s: b}\n  - e', { c: 'd', rules: [{ tag: '!R', t: 'a', s: 'b' }, 'e'] }],
    ['rules: [\n!R {a: b}\n]\nc: d', { rules: [{ tag: '!R', a: 'b' }], c: 'd' }],
    ['- !X {a: b,\nc: d}', [{ tag: '!X', a: 'b', c: 'd' }]],
    ['a:\n  b: [c,\nd\ne]\n  f: |\n   g\n', { a: { b: ['c', 'd e'], f: 'g\n' } }],
    ['id: "a\nb"\nc: d', { id: 'a b', c: 'd' }],
    ["- - 'a\n\nb'\n  - c", [['a\nb', 'c']]],
  ])('continue at any column: %j', (text, tree) => {
    expect(read(text)).toEqual(tree)
  })

  it.each([
    ['a document ends', 'a: "b\n---\nc"'],
    ['a document ends', 'a: [b\n---\nc]'],
    ['a document ends', "a: 'b\n...\n'"],
    ['a document ends', '- {a: b\n...\n}'],
    ['a scalar is plain', '- a: b\nc: d'],
    ['a block scalar has an indentation indicator', '--- |2\n"b"\n'],
    ['it is a key', '- "a\n  b": c'],
  ])('do not continue where %s: %j', (_, text) => {
    expect(read(text)).toMatch(FAULT)
  })

  it('in a block scalar are part of it', () => {
    expect(read('a: |\n  "b\n"c": d')).toEqual({ a: '"b\n', c: 'd' })
  })

  it.each([
    ['a: "b"# c', { a: 'b' }],
    ["a: 'b'# c", { a: 'b' }],
    ['[b]# c', ['b']],
    ['{a: b}# c', { a: 'b' }],
    ['[# c\na,# d\n"b"# e\n]', ['a', 'b']],
  ])('need no space before a comment: %j', (text, tree) => {
    expect(read(text)).toEqual(tree)
  })

  it('are the only places without that space', () => {
    expect(read('a: |# c\n b')).toMatch(FAULT)
  })
})

describe('a place', () => {
  it.each([
    ['--- !P\nid: x', ['!P 1:5', ' 2:5']],
    ['!P\n&a !Q id: x', ['!P 1:1', ' 2:11']],
    ['rules:\n- !Foo\n  a: b', [' 1:1', ' 2:1', '!Foo 2:3', ' 3:6']],
    ['- !R {}\n- &a !S\n- !T x\n- *a', [' 1:1', '!R 1:3', '!S 2:3', '!T 3:3', '!S 2:3']],
    ['- &b [!U y, !V\n z]', [' 1:1', ' 1:3', '!U 1:7', '!V 1:13']],
    ['a: !A # c\n  !B b: !C\n? [!D x]\n: !E y', [' 1:1', '!A 1:4', '!C 2:9']],
    ['? [!D x]\n: &e !E y\na: *e', [' 1:1', '!E 2:3']],
    ['a: "\n\n"\nb: !B c', [' 1:1', ' 1:4', '!B 4:4']],
    ['--- !A x\n--- !B\nz: !C z', ['!A 1:5', '!B 2:5', '!C 3:4']],
  ])('is that of the tag or anchor: %j', (text, expected) => {
    expect(readYaml(text).documents.flatMap(places)).toEqual(expected)
  })

  it('in a message, too', () => {
    const { problems } = readPolicies(
      readYaml('id: x\nproduct_versions: []\nrules:\n- !Foo\n  a: b'),
      'configured',
    )
    expect(problems[0]?.message).toMatch(/tag '!Foo'\n {2}in "<unicode string>", line 4, column 3$/)
    expect(readPolicies(readYaml('--- !Policy\nid: x'), 'configured').problems[0]?.place?.line).toBe(1)
  })
})

describe('an unexpected value', () => {
  const rule = (required: string) =>
    readPolicies(
      readYaml(`{product_versions: [], id: x, subject_type: y, decision_context: z, rules: [!RemoteRule
        {required: ${required} }]}`),
      'configured',
    )
  const dict = (text: string) => readSubjectTypes(readYaml(`id: x\nitem_dict: ${text}`)).problems[0]?.message

  it.each([
    ['""', 'None'],
    ['', 'None'],
    ['" ~ "', 'None'],
    ['0x10', '16'],
    ['010', '8'],
    ['1_0', '10'],
    ['-0b11', '-3'],
    ['"0"', '0'],
    ['1:30', '90'],
    ['1.50', '1.5'],
    ['-.inf', '-.inf'],
    ['0b_', '0b_'],
    ['" -0x_F "', '-15'],
    ['nope', 'nope'],
    ["' TRUe '", 'TRUe'],
    ['2020-01-01', '2020-01-01'],
    ['99999999999999999999', '99999999999999999999'],
  ])('is shown as YAML 1.1 reads it: %j', (text, shown) => {
    expect(rule(text).problems[0]?.message).toMatch(
      new RegExp(`'required': Expected a boolean value, got: ${shown}$`),
    )
  })

  it('is shown as written for a number that is too long to parse quickly', () => {
    expect(dict(`0x${'f'.repeat(5000)}`)).toMatch(/got: 0xfff/)
  })

  it.each([
    ['" true "', true],
    ["'\n\n No\n\n'", false],
  ])('may still be a boolean with surrounding spaces: %j', (text, required) => {
    expect(rule(text).read[0]?.rules[0]).toMatchObject({ required })
  })

  it.each([
    ['', 'None'],
    ['~', 'None'],
    ['""', ''],
    ['yes', 'True'],
    ['0x10', '16'],
    ['"yes"', 'yes'],
    ['[b]', "['b']"],
    ['[1, ~, "1", {a: no}]', "[1, None, '1', {'a': False}]"],
  ])('is shown as Python prints it: %j', (text, shown) => {
    expect(dict(text)).toBe(`SubjectType 'x': Attribute 'item_dict': Expected a dict value, got: ${shown}`)
  })
})

describe('tags, keys and texts', () => {
  it('ignore a lone exclamation mark', () => {
    const [root] = readYaml('[! a, ! 5, ! , ! "5"]').documents
    const items = root?.kind === 'sequence' ? root.items : []
    expect(items).toMatchObject([
      { tag: null, text: 'a', type: 'string' },
      { tag: null, text: '5', type: 'number' },
      { tag: null, text: '', type: 'null' },
      { tag: null, text: '5', type: 'number' },
    ])
  })

  it('are merged only for the plain merge key', () => {
    expect(read('{"<<": {a: b}, \'<<\': c}')).toEqual({ '<<': 'c' })
  })

  it('use the last of several merge keys, and the first of a list', () => {
    expect(read('{<<: {a: 1, b: 1}, <<: {b: 2}, c: 3}')).toEqual({ a: '1', b: '2', c: '3' })
    expect(read('{<<: [{a: 1}, {a: 2, b: 2}]}')).toEqual({ a: '1', b: '2' })
  })

  it('know anchors inside unused nodes', () => {
    expect(read('? [a]\n: &b c\nd: *b')).toEqual({ d: 'c' })
  })

  it("accept YAML's own tags", () => {
    expect(read('%YAML 1.2\n---\na: !!set {b}\nc: !!pairs [d: e]\nf: !!binary YQ==')).toEqual({
      a: { b: '' },
      c: [{ d: 'e' }],
      f: 'YQ==',
    })
  })

  it.each([
    ['a: |\n    t', 't'],
    ['a: |\n    t\n', 't\n'],
    ['a: |+\n    t', 't'],
    ['a: |-\n    t', 't'],
    ['a: >\n  t\n  u', 't u'],
    ['a: |\n  t\n ', 't\n'],
    ['a: |\n  t # u', 't # u'],
    ['a: |+\n  t\n\n', 't\n\n'],
    ['a: |', ''],
  ])('end with the file: %j', (text, value) => {
    expect(read(text)).toEqual({ a: value })
  })
})

describe('PyYAML refuses', () => {
  it.each([
    ['a tag that touches the bracket', '[!R]', /expected ' ', but found ']'/],
    ['a tag that touches the brace', '{k: !R}', /expected ' ', but found '}'/],
    ['a tag that touches the comma', '[!R, a]', /expected ' ', but found ','/],
    ['a tag that touches a comment', '!R# c', /expected ' ', but found '#'/],
    ['a question mark in a list', '[a?b]', /expected ',' or ']', but got '\?'/],
    ['a colon that touches a scalar', '[a,:b]', /expected the node content, but found ':'\n.*column 4$/],
    ['lines that are not indented', '|\na', FAULT],
    ['quotes that seem to close', "a: 'b''", /found unexpected end of stream/],
    ['quotes that are escaped', 'a: "b\\"', /found unexpected end of stream/],
    [
      'a key on another line than its colon',
      'x:\n  a\n    : b',
      /could not find expected ':'\n.*line 3, column 5$/,
    ],
    ['a key of two lines in brackets', '{a\n b: c}', /could not find expected ':'\n.*line 2, column 3$/],
    ['a missing key', '{: a}', /could not find expected ':'/],
    ['a tab after a colon', 'a:\tb', /found character '\\t' that cannot start any token\n.*column 3$/],
    ['a tab in a plain scalar', 'a: b\tc', /found character '\\t' that cannot start any token\n.*column 5$/],
    ['a tab at the end', '- "a"\t', /found character '\\t'/],
    [
      'an incompatible YAML version',
      '%YAML 2.0\n---\na',
      /found incompatible YAML document \(version 1\.\* is required\)/,
    ],
    ['a document without a start', 'a\n...\nb', /expected '<document start>'\n.*line 3, column 1$/],
    ['two equal anchors', '- &a x\n- &a y', /found duplicate anchor 'a'\n.*line 2, column 3$/],
    ['an anchor with a dot', '- &a.b x', /expected an alphabetic or numeric character\n.*column 5$/],
  ])('%s', (_, text, message) => {
    expect(read(text)).toMatch(FAULT)
    expect(read(text)).toMatch(message)
  })

  it.each([
    ['a tag that touches nothing', '[!R , !R\n]', ['!R ', '!R ']],
    ['an anchor that touches the bracket', '[&a]', ['']],
    ['a question mark elsewhere', '- a?b\n- ["a?b"]', ['a?b', ['a?b']]],
    ['a colon elsewhere', '[a:b, {"c":d, e :f}]', ['a:b', { c: 'd', 'e :f': '' }]],
    ['quotes in quotes', `['', '''', "\\"", '"']`, ['', "'", '"', '"']],
    ['an explicit key', '? a\n  b\n: c\n? \n: {? d\n  : e, f\n  }', { 'a b': 'c', '': { d: 'e', f: '' } }],
    ['a tag as a key', '{!!str : a}', { '': 'a' }],
    ['a tab in quotes, a comment or lines', '- "a\tb" # \t\n- |\n a\tb\n', ['a\tb', 'a\tb\n']],
    ['a newer YAML 1 version', '%YAML 1.3\n---\na', 'a'],
    ['anchors repeated by an alias', '- &a [&b c]\n- *a\n- *b', [['c'], ['c'], 'c']],
    ['equal anchors in two documents', '--- &a x\n--- &a y', 'x'],
    ['an end without a next document', 'a: b\n...\n# c\n', { a: 'b' }],
  ])('but not %s', (_, text, tree) => {
    expect(read(text)).toEqual(tree)
  })
})

describe('a fault', () => {
  it.each(['a: b\n---\n\tc', 'a: b\n--- [!R]', 'a: b\n--- !C\nd: [e?f]\n---\ng'])(
    'does not hide the documents before it: %j',
    (text) => {
      const { documents, problem } = readYaml(text)
      expect(documents.map(plain)).toEqual([{ a: 'b' }])
      expect(problem?.message).toMatch(FAULT)
    },
  )
})

describe('the limits', () => {
  it('may be larger or smaller than the default', () => {
    const limits = { maxLength: 200_000, maxNodes: 50_002 }
    expect(readYaml(`[${'a,'.repeat(50_001)}]`, limits).problem).toBeNull()
    expect(readYaml('[a, b]', { ...limits, maxNodes: 2 }).problem?.message).toMatch(/more than 2 nodes/)
  })
})
