/** Refused requests for a decision over HTTP: their statuses and texts (behaviour/greenwave 3.1; cases A1 to A11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

let gate: TestGate
beforeAll(async () => {
  gate = await startGate({ file: 'max_request_bytes: 2000000\nmax_subjects: 300' })
})
afterAll(() => gate.stop())

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(DEFAULT_REQUEST).filter(([name]) => !names.includes(name)))
const listed = (subject: unknown) => ({ ...without('subject_type', 'subject_identifier'), subject })
const test1 = { type: 'PassingTestCaseRule', test_case_name: 'test1' }

const NOT_A_LIST = 'Invalid subject, must be a list of dicts'
const NOT_DETECTED = 'Could not detect subject_identifier'
const NOT_A_STRING = 'Subject item/identificator must be a string'
const NOT_ISO = 'Invalid "when" parameter, must be in ISO8601 format'

describe('a request', () => {
  it.each([
    ['A1', 'without product version', without('product_version'), 'Missing required product version'],
    [
      'A2',
      'without decision context or rules',
      without('decision_context'),
      'Either decision_context or rules is required.',
    ],
    ['A3', 'without subject type', without('subject_type'), 'Missing required "subject_type" parameter'],
    [
      'A3',
      'without identifier',
      without('subject_identifier'),
      'Missing required "subject_identifier" parameter',
    ],
    ['A4', 'with a text as subjects', listed('foo-1.0.0-1.el7'), NOT_A_LIST],
    ['A4', 'with texts as subjects', listed(['foo-1.0.0-1.el7']), NOT_A_LIST],
    ['A4', 'with an object as subjects', listed({ item: 123 }), NOT_A_LIST],
    ['A4', 'with an empty list of subjects', listed([]), NOT_A_LIST],
    ['A5', 'with a null item', listed([{ item: null }]), NOT_DETECTED],
    ['A5', 'with a type and no item', listed([{ item: null, type: 'some_type' }]), NOT_DETECTED],
    ['A6', 'with null as identifier', { ...DEFAULT_REQUEST, subject_identifier: null }, NOT_A_STRING],
    ['A6', 'with a number as identifier', { ...DEFAULT_REQUEST, subject_identifier: 123 }, NOT_A_STRING],
    ['A6', 'with a number as item', listed([{ item: 123, type: 'some_type' }]), NOT_A_STRING],
    ['A8', 'with a day as time', { ...DEFAULT_REQUEST, when: '2020-01-01' }, NOT_ISO],
    [
      'A9',
      'with decision context and rules',
      { ...DEFAULT_REQUEST, rules: [test1] },
      'Cannot have both decision_context and rules',
    ],
    [
      'A10',
      'with a rule without a type',
      { ...without('decision_context'), rules: [{ typo: 'PassingTestCaseRule', test_case_name: 'x' }] },
      "Failed to parse on demand policy: Attribute 'rules': Key 'type' is required for each list item",
    ],
    [
      'row 8',
      'with a number as verbose flag',
      { ...DEFAULT_REQUEST, verbose: 1 },
      'Invalid verbose flag, must be a bool',
    ],
  ])('%s: %s is refused with the reason', async (_case, _what, body, message) => {
    const answer = await gate.decide(body)
    expect([answer.status, answer.json]).toEqual([400, { message }])
  })

  it('A7: without content is refused as not JSON, as is a text', async () => {
    const empty = await gate.decide({})
    expect([empty.status, empty.json]).toEqual([415, { message: 'No JSON payload in request' }])
    expect((await gate.decide('not a json')).status).toBe(400)
    const form = await gate.send('decision', {
      method: 'POST',
      body: '{"a": 1}',
      headers: { 'Content-Type': 'text/plain' },
    })
    expect([form.status, form.json.message]).toEqual([
      415,
      "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
    ])
  })

  it('A8: may have a time with a fraction', async () => {
    expect((await gate.decide({ ...DEFAULT_REQUEST, when: '2020-01-01T00:00:00.000' })).status).toBe(200)
  })

  it.each([
    ['bodhi_push_update', 'bodhi_push_update'],
    [['a', 'b'], 'a b'],
  ])('A11: for the unknown decision context %s finds no policy', async (decision_context, shown) => {
    const answer = await gate.decide({ ...DEFAULT_REQUEST, decision_context })
    const message = `Found no applicable policies for koji_build subjects at gating point(s) ${shown} in fedora-26`
    expect([answer.status, answer.json]).toEqual([404, { message }])
  })
})

describe('hostile input', () => {
  it.each([
    ['a NUL byte', { subject_identifier: 'glibc\0-1-1' }, /^Invalid subject_identifier, must be text/],
    [
      'a lone surrogate',
      { product_version: 'fedora-\ud800' },
      /^Invalid product_version, must be text without unpaired surrogates/,
    ],
    [
      'a NUL byte in a nested field',
      { subject: [{ item: 'a' }, { item: 'b\0' }] },
      /^Invalid subject\[1\]\.item, must be/,
    ],
    ['a NUL byte in a name', { ['a\0']: 1 }, /^Invalid "a\\u0000", is not a valid field name/],
    ['a number as product version', { product_version: 5 }, /^Invalid product_version, must be a string/],
    [
      'an object as decision context',
      { decision_context: { a: 1 } },
      /^Invalid decision_context, must be a string/,
    ],
    [
      'numbers as decision contexts',
      { decision_context: [1] },
      /^Invalid decision_context, must be a string/,
    ],
    ['a list as type', { subject_type: ['koji_build'] }, /^Invalid subject_type, must be a string/],
    ['a number as time', { when: 20200101 }, /^Invalid "when" parameter/],
    ['texts as results', { ignore_result: ['seven'] }, /^Invalid ignore_result, must be a list of integers/],
    ['an object as waivers', { ignore_waiver: { 7: true } }, /^Invalid ignore_waiver, must be a list/],
    ['a text of a megabyte', { subject_identifier: 'x'.repeat(1_000_000) }, /must not be longer than 8192/],
  ])('%s is refused with the name of the field', async (_what, more, message) => {
    const answer = await gate.decide({ ...DEFAULT_REQUEST, ...more })
    expect([answer.status, answer.json.message]).toEqual([400, expect.stringMatching(message)])
  })

  it.each([
    ['{"__proto__": {"product_version": "x"}, "product_version": "fedora-26"}', '"__proto__"'],
    ['{"subject": [{"__proto__": {"item": "x"}, "item": "y"}]}', 'subject[0]."__proto__"'],
  ])('%s does not change any prototype', async (body, where) => {
    const answer = await gate.decide(body)
    expect([answer.status, answer.json.message]).toEqual([400, `Invalid ${where}, is not a valid field name`])
    expect(Object.prototype).not.toHaveProperty('product_version')
  })

  it.each(['[1]', '"text"', '17', '[[]]'])(
    '%s, which is JSON but not a request, is refused',
    async (body) => {
      const answer = await gate.decide(body)
      expect([answer.status, answer.json.message]).toEqual([400, 'Invalid request, must be a JSON object'])
    },
  )

  it('deep nesting is refused with the name of the field, and unclosed nesting too', async () => {
    const nest = (depth: number) => `{"nest": ${'['.repeat(depth)}${']'.repeat(depth)}}`
    for (const depth of [50, 5000, 500_000]) {
      const answer = await gate.decide(nest(depth))
      expect(answer.status).toBe(400)
      expect(answer.json.message).toMatch(/^Invalid nest(\[0\])+, must not be nested so deep$/)
    }
    expect((await gate.decide('['.repeat(1_000_000))).status).toBe(400)
  })

  it('rules whose answer would be too large are refused', async () => {
    const rules = Array.from({ length: 1000 }, (_none, n) => ({ ...test1, test_case_name: `t${n}` }))
    const subjects = (count: number, length: number) =>
      Array.from({ length: count }, (_none, n) => ({
        type: 'koji_build',
        item: `${n}-1-${'x'.repeat(length)}`,
      }))
    const decideFor = (count: number, length: number) =>
      gate.decide({ product_version: 'x', rules, subject: subjects(count, length) })
    const many = await decideFor(101, 5)
    expect([many.status, many.json.message]).toEqual([
      400,
      'Invalid rules, must not demand more than 100000 tests and files of all subjects together',
    ])
    const long = await decideFor(20, 3500)
    expect([long.status, long.json.message]).toEqual([
      400,
      'Invalid rules, too many for identifiers this long',
    ])
    expect((await decideFor(2, 3500)).status).toBe(200)
  })

  it('more subjects than the settings allow are refused', async () => {
    const many = (count: number) =>
      listed(Array.from({ length: count }, () => ({ type: 'bodhi_update', item: 'x' })))
    expect((await gate.decide(many(300))).status).toBe(200)
    const { status, json } = await gate.decide(many(301))
    expect([status, json.message]).toEqual([400, 'Invalid subject, must not list more than 300 subjects'])
  })

  it('a body that is not UTF-8 is refused', async () => {
    const body = Buffer.from(JSON.stringify({ ...DEFAULT_REQUEST, subject_identifier: 'a-1-\xff' }), 'latin1')
    const headers = { 'Content-Type': 'application/json' }
    const { status, json } = await gate.send('decision', { method: 'POST', body, headers })
    const message = 'The browser (or proxy) sent a request that this server could not understand.'
    expect([status, json.message]).toEqual([400, message])
  })

  it('a body above the limit is refused, with or without Content-Length', async () => {
    const body = JSON.stringify({ ...DEFAULT_REQUEST, padding: 'x'.repeat(2_000_000) })
    const sized = await gate.decide(body)
    expect([sized.status, sized.json]).toEqual([
      413,
      { message: 'The request is larger than 2000000 bytes.' },
    ])
    const stream = new Blob([body]).stream()
    const init = {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'Content-Type': 'application/json' },
    }
    expect((await gate.send('decision', init as RequestInit)).status).toBe(413)
  })

  it('rules with sources on hosts that are not allowed are refused', async () => {
    for (const source of [
      'http://127.0.0.1:1/x',
      'file:///etc/passwd',
      'http://169.254.169.254/latest',
      'nonsense',
    ]) {
      const rules = [{ type: 'RemoteRule', required: true, sources: [source] }]
      const answer = await gate.decide({ ...without('decision_context'), rules })
      expect([answer.status, answer.json.message]).toEqual([
        400,
        `Source ${source} is not on an allowed host`,
      ])
    }
  })
})
