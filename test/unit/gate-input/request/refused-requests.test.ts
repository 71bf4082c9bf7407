/** Requests for decisions that are refused, with which texts, and which of several faults is reported (behaviour/greenwave 3.1; cases A1 to A11). */
import { describe, expect, it } from 'vitest'
import { decide, NVR, policiesFrom, policyYaml, request } from '../../../support/gate/builders.ts'
import { bySubject, onDemand, parse, refusal, without } from '../../../support/gate/requests.ts'

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
