/** Checks which requests are refused, with which texts (behaviour/greenwave 3.1; cases A1 to A11). */
import { describe, expect, it } from 'vitest'
import { DecisionError, type DecisionFault } from '../../../../src/domain/gate/request/decision-error.ts'
import { parseJsonBody } from '../../../../src/gate-input/request/body.ts'
import { parseDecisionRequest } from '../../../../src/gate-input/request/parse-request.ts'
import {
  bytes,
  decide,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  TYPES,
} from '../../../support/gate/builders.ts'

function refusal(act: () => unknown): { kind: DecisionFault; message: string } {
  try {
    act()
  } catch (error) {
    if (error instanceof DecisionError) return { kind: error.kind, message: error.message }
    throw error
  }
  throw new Error('expected a DecisionError')
}

const parse = (body: unknown) => parseDecisionRequest(body, TYPES)
const onDemand = (more: Record<string, unknown>) => {
  const { decision_context: _, ...rest } = request()
  return { ...rest, rules: [{ type: 'PassingTestCaseRule', test_case_name: 't' }], ...more }
}
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(request()).filter(([name]) => !names.includes(name)))
const bySubject = (subject: unknown) => ({ ...without('subject_type', 'subject_identifier'), subject })

describe('a body', () => {
  it('with another content type is refused as not-json', () => {
    const message =
      "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
    for (const type of [
      undefined,
      '',
      'text/plain',
      'application/jsonp',
      'application/x-www-form-urlencoded',
    ]) {
      expect(refusal(() => parseJsonBody(type, bytes('{"a":1}')))).toEqual({ kind: 'not-json', message })
    }
  })

  it('may have any JSON content type, with parameters', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/ld+json',
      'application/+json',
      'Application/JSON ;x',
    ]) {
      expect(parseJsonBody(type, bytes('{"a":1}'))).toEqual({ a: 1 })
    }
  })

  it('that is not valid JSON is refused', () => {
    const message = 'The browser (or proxy) sent a request that this server could not understand.'
    for (const body of ['', 'not a json', '{', '{"a":1}x']) {
      expect(refusal(() => parseJsonBody('application/json', bytes(body)))).toEqual({
        kind: 'bad-request',
        message,
      })
    }
  })

  it('that is not UTF-8 is refused, but a byte order mark is accepted', () => {
    const latin1 = Uint8Array.from(Buffer.from('{"product_version":"\xe9"}', 'latin1')).buffer
    expect(refusal(() => parseJsonBody('application/json', latin1)).kind).toBe('bad-request')
    expect(parseJsonBody('application/json', bytes('\ufeff{"a":1}'))).toEqual({ a: 1 })
  })

  it('without content is refused as not-json', () => {
    for (const body of ['{}', '[]', 'null', '0', '""', 'false']) {
      const error = refusal(() => parseJsonBody('application/json', bytes(body)))
      expect(error).toEqual({ kind: 'not-json', message: 'No JSON payload in request' })
    }
  })
})

describe('a request is refused', () => {
  const cases: [what: string, body: unknown, message: string][] = [
    ['that is a list', [1], 'Invalid request, must be a JSON object'],
    ['that is a text', 'x', 'Invalid request, must be a JSON object'],
    ['without product version', without('product_version'), 'Missing required product version'],
    ['with an empty product version', request({ product_version: '' }), 'Missing required product version'],
    [
      'with a product version of the wrong type',
      request({ product_version: 5 }),
      'Invalid product_version, must be a string',
    ],
    [
      'with neither a decision context nor rules',
      without('decision_context'),
      'Either decision_context or rules is required.',
    ],
    [
      'with an empty list of decision contexts',
      request({ decision_context: [] }),
      'Either decision_context or rules is required.',
    ],
    ['with both', request({ rules: [{}] }), 'Cannot have both decision_context and rules'],
    [
      'with an empty decision context and rules',
      request({ decision_context: '', rules: [{}] }),
      'Cannot have both decision_context and rules',
    ],
    [
      'with a null decision context and rules',
      request({ decision_context: null, rules: [{}] }),
      'Cannot have both decision_context and rules',
    ],
    [
      'with a decision context of the wrong type',
      request({ decision_context: ['a', 5] }),
      'Invalid decision_context, must be a string',
    ],
    [
      'with an object as decision context',
      request({ decision_context: { a: 1 } }),
      'Invalid decision_context, must be a string',
    ],
    ['with verbose null', request({ verbose: null }), 'Invalid verbose flag, must be a bool'],
    ['with verbose 1', request({ verbose: 1 }), 'Invalid verbose flag, must be a bool'],
    ['with verbose as text', request({ verbose: 'true' }), 'Invalid verbose flag, must be a bool'],
    ['with explain null', request({ explain: null }), 'Invalid explain flag, must be a bool'],
    ['with explain as text', request({ explain: 'true' }), 'Invalid explain flag, must be a bool'],
    [
      'with ignored results that are not a list',
      request({ ignore_result: 7 }),
      'Invalid ignore_result, must be a list of integers',
    ],
    [
      'with ignored waivers that are not ids',
      request({ ignore_waiver: [7, '8x'] }),
      'Invalid ignore_waiver, must be a list of integers',
    ],
    ['without subject type', without('subject_type'), 'Missing required "subject_type" parameter'],
    [
      'without a subject identifier',
      without('subject_identifier'),
      'Missing required "subject_identifier" parameter',
    ],
    [
      'with a null identifier',
      request({ subject_identifier: null }),
      'Subject item/identificator must be a string',
    ],
    [
      'with a number as identifier',
      request({ subject_identifier: 123 }),
      'Subject item/identificator must be a string',
    ],
    ['with a number for type', request({ subject_type: 5 }), 'Invalid subject_type, must be a string'],
    [
      'with a subject that is a text',
      bySubject('foo-1.0.0-1.el7'),
      'Invalid subject, must be a list of dicts',
    ],
    [
      'with subjects that are texts',
      bySubject(['foo-1.0.0-1.el7']),
      'Invalid subject, must be a list of dicts',
    ],
    [
      'with a subject that is an object',
      bySubject({ item: 123 }),
      'Invalid subject, must be a list of dicts',
    ],
    ['with no subjects', bySubject([]), 'Invalid subject, must be a list of dicts'],
    [
      'with a subject that is not an object',
      bySubject([{ type: 'compose', item: 'C' }, 'x']),
      'Invalid subject, must be a list of dicts',
    ],
    ['with null subjects', bySubject(null), 'Invalid subject, must be a list of dicts'],
    ['with a null item', bySubject([{ item: null }]), 'Could not detect subject_identifier'],
    [
      'with a null item of a type',
      bySubject([{ item: null, type: 'some_type' }]),
      'Could not detect subject_identifier',
    ],
    ['with an item without type', bySubject([{ item: 'X' }]), 'Could not detect subject_identifier'],
    ['with an empty item key', bySubject([{ original_spec_nvr: '' }]), 'Could not detect subject_identifier'],
    [
      'with a number as item',
      bySubject([{ item: 123, type: 'some_type' }]),
      'Subject item/identificator must be a string',
    ],
    [
      'with a number under an item key',
      bySubject([{ original_spec_nvr: 5 }]),
      'Subject item/identificator must be a string',
    ],
    [
      'with too many decision contexts',
      request({ decision_context: Array(101).fill('c') }),
      'Invalid decision_context, must not list more than 100',
    ],
    [
      'with an identifier that is too long',
      request({ subject_identifier: 'x'.repeat(9000) }),
      'Subject type and identifier must not be longer than 8192 characters',
    ],
    [
      'with a product version that is too long',
      request({ product_version: 'x'.repeat(9000) }),
      'Invalid product_version, must not be longer than 8192 characters',
    ],
    [
      'with too many subjects',
      bySubject(Array(50_001).fill({ type: 'a', item: 'b' })),
      'Invalid subject, must not list more than 50000 subjects',
    ],
  ]
  it.each(cases)('%s', (_, body, message) => {
    expect(refusal(() => decide(body))).toEqual({ kind: 'bad-request', message })
  })

  it('with a time that has no fraction, or a zone', () => {
    const message = 'Invalid "when" parameter, must be in ISO8601 format'
    const wrong = ['2020-01-01', '2020-01-01T00:00:00', '2020-01-01T00:00:00.000Z', '2020-02-30T00:00:00.0']
    const worse = [
      '2020-01-01T24:00:00.0',
      '2020-01-01T00:00:60.0',
      '2020-01-01T00:00:00.1234567',
      '0000-01-01T00:00:00.0',
    ]
    for (const when of [...wrong, ...worse, 5, ['x'], { a: 1 }]) {
      expect(
        refusal(() => parse(request({ when }))),
        String(when),
      ).toEqual({ kind: 'bad-request', message })
    }
  })
})

describe('a time', () => {
  it('with one to six fractional digits is kept as written', () => {
    for (const when of ['2020-01-01T00:00:00.000', '2020-02-29T23:59:59.1', '2020-01-01T00:00:00.123456']) {
      expect(parse(request({ when })).when).toBe(when)
    }
  })

  it('that is empty counts as not set', () => {
    for (const when of [null, '', 0, false]) expect(parse(request({ when })).when).toBeNull()
  })
})

describe('of several faults the first in order is reported:', () => {
  const messageFor = (body: unknown) => refusal(() => parse(body)).message

  it('product version, then decision context, then verbose, then explain, then time, then ids, then subjects', () => {
    const body = { product_version: '', verbose: 1, explain: 1, when: 'x', ignore_result: 5, subject: 5 }
    expect(messageFor(body)).toBe('Missing required product version')
    expect(messageFor({ ...body, product_version: 'x' })).toBe(
      'Either decision_context or rules is required.',
    )
    const base = { ...body, product_version: 'x', decision_context: 'c' }
    expect(messageFor(base)).toBe('Invalid verbose flag, must be a bool')
    expect(messageFor({ ...base, verbose: true })).toBe('Invalid explain flag, must be a bool')
    const flags = { verbose: true, explain: true }
    expect(messageFor({ ...base, ...flags })).toBe('Invalid "when" parameter, must be in ISO8601 format')
    expect(messageFor({ ...base, ...flags, when: '' })).toBe(
      'Invalid ignore_result, must be a list of integers',
    )
    const last = { ...base, ...flags, when: '', ignore_result: [] }
    expect(refusal(() => decide(last)).message).toBe('Invalid subject, must be a list of dicts')
  })

  it('with rules in the request, subjects and rules come before verbose', () => {
    expect(messageFor(onDemand({ verbose: 1, rules: [{}], subject: [] }))).toBe(
      'Invalid subject, must be a list of dicts',
    )
    expect(messageFor(onDemand({ verbose: 1, rules: [{}] }))).toMatch(/^Failed to parse on demand policy/)
    expect(messageFor(onDemand({ verbose: 1 }))).toBe('Invalid verbose flag, must be a bool')
  })

  it('a missing policy of an earlier subject comes before a malformed later one', () => {
    const subject = [{ type: 'koji_build', item: NVR }, { item: 'X' }]
    const error = refusal(() => decide({ ...bySubject(subject), decision_context: 'typo' }))
    expect(error.kind).toBe('not-found')
    expect(refusal(() => decide(bySubject(subject))).message).toBe('Could not detect subject_identifier')
  })

  const LATER = [
    ['that is malformed', { item: 'X' }],
    ['without a policy', { type: 'compose', item: 'X' }],
  ] as const
  it.each(LATER)('a failure of an earlier subject comes before one %s', (_what, later) => {
    const policies = policiesFrom(
      policyYaml('p', ['!PassingTestCaseRule {test_case_name: t, valid_since: 2020-01-01}']),
    )
    const messageFor = (item: string) =>
      refusal(() =>
        decide(
          { ...bySubject([{ type: 'koji_build', item }, later]), decision_context: 'c' },
          { builds: { 'a-1-1': { kind: 'found', build: { creationTime: 0, sourceUrl: null } } } },
          { policies },
        ),
      ).message
    expect(messageFor('who-1-1')).toMatch(/^Failed to find Koji build for "who-1-1"/)
    expect(messageFor('nodash')).toBe("Invalid NVR format: 'nodash'")
    expect(messageFor('a-1-1')).toMatch(
      /^Could not detect|^Found no applicable policies for compose subjects/,
    )
  })
})

describe('rules in a request are refused', () => {
  const rule = (more: object) => [{ type: 'PassingTestCaseRule', test_case_name: 't', ...more }]
  const cases: [what: string, more: Record<string, unknown>, message: string][] = [
    [
      'without a type',
      { rules: [{ typo: 'PassingTestCaseRule' }] },
      "Attribute 'rules': Key 'type' is required for each list item",
    ],
    [
      'of an unknown type',
      { rules: [{ type: 'Foo' }] },
      "Attribute 'rules': Key 'type' for an list item is not valid: Foo",
    ],
    [
      'of a type that is not a text',
      { rules: [{ type: null }] },
      "Attribute 'rules': Key 'type' for an list item is not valid: None",
    ],
    [
      'after decision contexts that are not a list',
      { rules: [{}], decision_contexts: 5 },
      "Attribute 'decision_contexts': Expected list of str objects",
    ],
    [
      'after subject types that are not a list',
      { rules: [{}], subject_types: 'x' },
      "Attribute 'subject_types': Expected list of str objects",
    ],
    [
      'with a key that is a list',
      { relevance_key: [1] },
      "Attribute 'relevance_key': Expected a string value, got: [1]",
    ],
    ['that are texts', { rules: ['x'] }, "Attribute 'rules': Expected list of Rule objects"],
    ['that are not a list', { rules: 'x' }, "Attribute 'rules': Expected list of Rule objects"],
    [
      'of an obsolete type',
      { rules: [{ type: 'FedoraAtomicCi' }] },
      `Attribute 'rules': !FedoraAtomicCi is obsolete. Please use the "packages" allowlist instead.`,
    ],
    [
      'without a test case',
      { rules: [{ type: 'PassingTestCaseRule' }] },
      "Attribute 'rules': Attribute 'test_case_name' is required",
    ],
    [
      'with a test case that is an object',
      { rules: rule({ test_case_name: { a: [1] } }) },
      "Attribute 'rules': Attribute 'test_case_name': Expected a string value, got: {'a': [1]}",
    ],
    [
      'with a flag that is a text',
      { rules: [{ type: 'RemoteRule', required: 'yes' }] },
      "Attribute 'rules': Attribute 'required': Expected a boolean value, got: yes",
    ],
    [
      'with a flag that is null',
      { rules: [{ type: 'RemoteRule', required: null }] },
      "Attribute 'rules': Attribute 'required': Expected a boolean value, got: None",
    ],
    [
      'with an invalid date',
      { rules: rule({ valid_since: 'xx' }) },
      "Attribute 'rules': Attribute 'valid_since': Could not parse string as date/time, got: xx",
    ],
    [
      'with a date that is false',
      { rules: rule({ valid_until: false }) },
      "Attribute 'rules': Attribute 'valid_until': Could not parse string as date/time, got: False",
    ],
    [
      'with packages that are numbers',
      { packages: [1] },
      "Attribute 'packages': Expected list of str objects",
    ],
    [
      'with product versions that are a text',
      { product_versions: 'x' },
      "Attribute 'product_versions': Expected list of str objects",
    ],
    ['with an id that is a list', { id: [1] }, "Attribute 'id': Expected a string value, got: [1]"],
    [
      'with too many patterns',
      { excluded_packages: Array(1001).fill('a') },
      "Attribute 'excluded_packages': Expected at most 1000 texts of at most 256 characters",
    ],
    [
      'with too many sources',
      { rules: [{ type: 'RemoteRule', sources: Array(1001).fill('a') }] },
      "Attribute 'rules': Expected at most 1000 texts of at most 8192 characters",
    ],
    [
      'with a pattern that is too long',
      { packages: ['*'.repeat(257)] },
      "Attribute 'packages': Expected at most 1000 texts of at most 256 characters",
    ],
  ]
  it.each(cases)('%s', (_, more, message) => {
    const error = refusal(() => parse(onDemand(more)))
    expect(error).toEqual({ kind: 'bad-request', message: `Failed to parse on demand policy: ${message}` })
  })

  it('when they are too expensive for the number of subjects', () => {
    const rules = Array.from({ length: 1001 }, (_, n) => ({
      type: 'PassingTestCaseRule',
      test_case_name: `t${n}`,
    }))
    const subject = Array.from({ length: 1000 }, (_, n) => ({ type: 'koji_build', item: `a-${n}-1` }))
    const error = refusal(() => parse({ product_version: 'x', rules, subject }))
    const packages = Array.from({ length: 100 }, (_, n) => `${n}${'*a'.repeat(120)}`)
    const many = subject.flatMap(({ item }, n) =>
      Array.from({ length: 10 }, () => ({ type: 'koji_build', item: `${'x'.repeat(40)}${item}${n}` })),
    )
    const tooMany = refusal(() =>
      parse({ product_version: 'x', rules: rules.slice(0, 1), subject: many, packages }),
    )
    expect(tooMany.message).toBe('Invalid packages, too many patterns for this many subjects')
    const literal = {
      product_version: 'x',
      rules: rules.slice(0, 1),
      subject: many,
      packages: packages.map((text) => text.replaceAll('*', '')),
    }
    expect(parse(literal).subjects).toHaveLength(10_000)
    const sources = Array.from({ length: 1000 }, (_, n) => `https://x/${n}`)
    const files = { product_version: 'x', rules: [{ type: 'RemoteRule', sources }], subject }
    expect(refusal(() => parse(files)).message).toBe(error.message)
    expect(error.message).toMatch(/^Invalid rules, must not demand more than 100000 tests and files/)
  })
})

describe('a valid request', () => {
  it('is parsed with its defaults', () => {
    const { subjects, ...rest } = parse(request())
    expect(subjects.map(({ type, identifier }) => [type.id, identifier])).toEqual([['koji_build', NVR]])
    expect(rest).toEqual({
      productVersion: 'fedora-26',
      contexts: ['bodhi_update_push_stable'],
      malformedSubject: null,
      verbose: false,
      explain: false,
      ignoredResults: new Set(),
      ignoredWaivers: new Set(),
      when: null,
      onDemand: null,
    })
  })

  it('may have the ids to ignore as text, as CI Board sends them, or null', () => {
    const { ignoredResults, ignoredWaivers } = parse(
      request({ ignore_result: ['7', 8], ignore_waiver: null }),
    )
    expect([...ignoredResults]).toEqual([7, 8])
    expect(ignoredWaivers.size).toBe(0)
  })

  it('uses its list of subjects rather than the single one', () => {
    const body = request({ subject: [{ type: 'compose', item: 'C' }], subject_identifier: 5 })
    expect(parse(body).subjects.map(({ identifier }) => identifier)).toEqual(['C'])
  })

  it('may have times and flags in its rules', () => {
    const rules = [
      { type: 'PassingTestCaseRule', test_case_name: 't', scenario: null, valid_since: '2021-10-02' },
      { type: 'RemoteRule', required: true },
    ]
    expect(parse(onDemand({ rules })).onDemand?.rules).toMatchObject([
      { testCaseName: 't', scenario: null, validSince: Date.UTC(2021, 9, 2), validUntil: null },
      { required: true, sources: [] },
    ])
  })

  it('may have texts, numbers and booleans in its rules', () => {
    const rules = [5, true, 'x'].map((test_case_name) => ({ type: 'PassingTestCaseRule', test_case_name }))
    const names = parse(onDemand({ rules })).onDemand?.rules.map(
      (rule) => 'testCaseName' in rule && rule.testCaseName,
    )
    expect(names).toEqual(['5', 'True', 'x'])
  })

  it('makes one policy of its rules, however many subjects it has', () => {
    const { onDemand: policy } = parse(
      onDemand({ packages: ['a*'], decision_context: [], subject_types: ['x'], relevance_key: 'k' }),
    )
    expect(policy).toMatchObject({
      id: 'on-demand-policy',
      kind: 'on-demand',
      decisionContext: 'on-demand-policy',
    })
    expect(policy?.productVersions.patterns).toEqual(['fedora-26'])
    expect(policy?.packages.patterns).toEqual(['a*'])
  })

  it('keeps long test names complete', () => {
    const test_case_name = `${'t'.repeat(250)}1`
    const rules = [{ type: 'PassingTestCaseRule', test_case_name, scenario: 's'.repeat(250) }]
    const { onDemand: policy } = parse(onDemand({ id: 'i'.repeat(250), rules }))
    expect(policy).toMatchObject({
      id: 'i'.repeat(250),
      rules: [{ testCaseName: test_case_name, scenario: 's'.repeat(250) }],
    })
  })

  it('ignores the keys that every JavaScript object inherits', () => {
    const body = JSON.parse(`{"__proto__":{"decision_context":"c"},"product_version":"x","rules":[]}`)
    expect(refusal(() => parse(body)).message).toBe('Either decision_context or rules is required.')
    const subject = JSON.parse(`[{"__proto__":{"item":"x","type":"y"}}]`)
    expect(refusal(() => decide(bySubject(subject))).message).toBe('Could not detect subject_identifier')
  })
})

it('finds no policy for an unknown decision context', () => {
  const error = refusal(() => decide(request({ decision_context: 'bodhi_push_update' })))
  const message =
    'Found no applicable policies for koji_build subjects at gating point(s) bodhi_push_update in fedora-26'
  expect(error).toEqual({ kind: 'not-found', message })
  const several = refusal(() => decide(request({ decision_context: ['a', 'b'], subject_type: 'brew-build' })))
  expect(several.message).toBe(
    'Found no applicable policies for koji_build subjects at gating point(s) a b in fedora-26',
  )
})
