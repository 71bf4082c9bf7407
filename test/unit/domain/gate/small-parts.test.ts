/** Small parts: patterns, dates, Python's text format, and the comparison of decisions. */
import { describe, expect, it } from 'vitest'
import { explain } from '../../../../src/domain/gate/judge/explain.ts'
import { globs } from '../../../../src/domain/gate/policy/glob.ts'
import { parseInstant } from '../../../../src/domain/gate/policy/instant.ts'
import { pythonText, repr } from '../../../../src/domain/gate/python/text.ts'
import { remoteFileFact, validateRemoteFile } from '../../../../src/gate-input/policies/rule-file.ts'
import { parseDecisionRequest } from '../../../../src/gate-input/request/parse-request.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'
import { hasChanged } from '../../../../src/present/gate/decision-change.ts'
import {
  decide,
  POLICIES,
  policyYaml,
  request,
  result,
  test as rule,
  TYPES,
  waiver,
} from '../../../support/gate-builders.ts'

describe('a pattern', () => {
  const matches = (pattern: string, text: string) => globs([pattern]).matches(text)

  it.each([
    ['fedora-*', 'fedora-26'],
    ['*', ''],
    ['a*c*e', 'a/b\nc.d e'],
    ['**a**', 'bab'],
    ['f?o', 'fóo'.normalize('NFC')],
    ['?', '😀'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[]a]', ']'],
    ['[!]a]', 'b'],
    ['[a-]', '-'],
    ['[\\]', '\\'],
    ['[^a]', '^'],
    ['[', '['],
    ['[a', '[a'],
    ['a.b+(c){1}|$^', 'a.b+(c){1}|$^'],
    ['{a,b}', '{a,b}'],
    ['a*a', 'aa'],
    ['[!z-a]', 'q'],
  ])('%s matches %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true)
  })

  it.each([
    ['fedora-*', 'Fedora-26'],
    ['fedora-*', 'xfedora-26'],
    ['a?', 'a'],
    ['a*a', 'a'],
    ['*ab', 'abc'],
    ['[a-c]x', 'dx'],
    ['[!a-c]x', 'bx'],
    ['[z-a]', 'q'],
    ['{a,b}', 'a'],
    ['a.c', 'abc'],
    ['', 'a'],
    ['!a', 'b'],
  ])('%s does not match %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false)
  })

  it('of a list suffices', () => {
    expect(globs(['a', 'b*']).matches('bc')).toBe(true)
    expect(globs([]).matches('')).toBe(false)
  })
})

describe('a date', () => {
  it.each([
    ['2021-10-02', '2021-10-02T00:00:00.000Z'],
    ['2021-10-02T08:37', '2021-10-02T08:37:00.000Z'],
    ['2021-10-02 08:37:17', '2021-10-02T08:37:17.000Z'],
    ['2021-10-02T08:37:17.5Z', '2021-10-02T08:37:17.500Z'],
    ['2021-10-02 08:37:17+02:00', '2021-10-02T06:37:17.000Z'],
    ['2021-10-02T08:37:17-0330', '2021-10-02T12:07:17.000Z'],
    ['2021-10-02 08:37:17 UTC', '2021-10-02T08:37:17.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['20211002', '2021-10-02T00:00:00.000Z'],
    ['20211002T083717Z', '2021-10-02T08:37:17.000Z'],
    ['2021-10-02t08z', '2021-10-02T08:00:00.000Z'],
    ['2021-10-02T08:37-23:59', '2021-10-03T08:36:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(iso)
  })

  it('keeps microseconds', () => {
    expect(parseInstant('1970-01-01T00:00:00.000250')).toBeCloseTo(0.25)
  })

  it.each([
    '',
    'x',
    'False',
    '2021',
    '2021-10',
    '2023-02-29',
    '2021-13-01',
    '2021-10-02T25:00',
    '2021-1002',
    '202110-02',
    '0000-01-01',
    '2021-10-02T08:37+24:00',
    '2021-10-02T08:37+01:60',
    '10/02/2021',
  ])('%j is not valid', (text) => {
    expect(parseInstant(text)).toBeNull()
  })
})

describe('Python prints', () => {
  it.each([
    ['test', "'test'"],
    ["it's", `"it's"`],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a"b', `'a"b'`],
    ['a\nb\\\x01', `'a\\nb\\\\\\x01'`],
    ['a\u00a0\u200b\u2028\u{e0001}é €', `'a\\xa0\\u200b\\u2028\\U000e0001é €'`],
  ])('the text %j as %s', (text, shown) => {
    expect(repr(text)).toBe(shown)
  })

  it.each([
    [null, 'None'],
    [true, 'True'],
    [5, '5'],
    ['x', 'x'],
    [['a', 1, { b: null }], "['a', 1, {'b': None}]"],
    [[[[[1]]]], '[[[...]]]'],
  ])('the value %j as %s', (value, shown) => {
    expect(pythonText(value)).toBe(shown)
  })

  it('long texts and values truncated', () => {
    expect(pythonText('x'.repeat(1_000_000)).length).toBeLessThan(300)
    expect(pythonText(Array(1_000_000).fill('abc')).length).toBeLessThan(300)
  })
})

describe('a rule file before it is committed', () => {
  const validate = (text: string | Uint8Array) => validateRemoteFile(readYaml(text), POLICIES)

  it('is valid when a server policy has its decision contexts', () => {
    expect(validate(policyYaml('x', [rule('t')], { decision_context: 'container-image-test' }))).toEqual({
      isValid: true,
      message: 'All OK',
    })
  })

  it.each([
    ['', 'No policies defined'],
    ['# only a comment', 'No policies defined'],
    ['--- !Policy\n42', 'Expected mapping for !Policy tagged object'],
    [policyYaml('x', ['!RemoteRule {}']), "Policy 'x': RemoteRule is not allowed in remote policies"],
  ])('is refused when it is %j', (text, message) => {
    expect(validate(text)).toEqual({ isValid: false, message })
  })

  it('is refused when it is not UTF-8', () => {
    expect(validate(new Uint8Array([0x69, 0x64, 0x3a, 0x20, 0xff])).message).toMatch(
      /^YAML Parser Error: the text is not UTF-8/,
    )
  })

  it('is valid with a warning when no server policy has its decision contexts', () => {
    const file = ['test_missing_2', 'test_missing_1', 'container-image-test', 'test_missing_2']
      .map((decision_context) => policyYaml('x', [], { decision_context }))
      .join('')
    expect(validate(file)).toEqual({
      isValid: true,
      message:
        'Greenwave could not find a parent policy(ies) for following decision context(s): test_missing_1, test_missing_2. Please change your policy so that it will match a decision context in the parent policies.',
    })
  })

  it('is a fact when fetched', () => {
    expect(remoteFileFact(readYaml('[]'))).toEqual({
      kind: 'invalid',
      details: 'Expected mapping for !Policy tagged object',
    })
    expect(remoteFileFact(readYaml(''))).toEqual({ kind: 'policies', policies: [] })
  })
})

describe('an explanation', () => {
  const explained = (more: Record<string, unknown>) =>
    explain(parseDecisionRequest(request(more), TYPES), POLICIES).map(({ policy, applies, because }) => [
      policy.id,
      applies,
      because,
    ])

  it('names the first condition of each policy that failed', () => {
    const all = explained({})
    expect(all).toHaveLength(16)
    expect(all).toContainEqual(['taskotron_release_critical_tasks', true, null])
    expect(all).toContainEqual([
      'empty-policy',
      false,
      'product version: it is for fedora-24, not for fedora-26',
    ])
    expect(all).toContainEqual([
      ...['taskotron_release_critical_tasks_for_testing', false],
      'decision context: it is for bodhi_update_push_testing, not for bodhi_update_push_stable',
    ])
    expect(explained({ product_version: 'fedora-24' })).toContainEqual([
      ...['empty-policy', false, 'subject type: it is for bodhi_update, not for koji_build'],
    ])
  })

  it('includes policies that apply, but exclude the package', () => {
    const more = { decision_context: 'osci_compose_gate', product_version: 'rhel-something' }
    const because = (nvr: string) =>
      explained({ ...more, subject_identifier: nvr }).find(([id]) => id === 'osci_compose')
    expect(because('foo-1-1')).toEqual(['osci_compose', true, 'package: foo is not one of its packages'])
    expect(because('module-build-x-1-1')?.[2]).toBe('package: module-build-x is one of its excluded packages')
    expect(because('avahi-1-1')?.[2]).toBeNull()
  })

  it('includes the rules in a request', () => {
    const rules = {
      product_version: 'x',
      rules: [{ type: 'RemoteRule' }],
      subject_type: 'a',
      subject_identifier: 'b',
    }
    const explanations = explain(parseDecisionRequest(rules, TYPES), POLICIES)
    expect(explanations.map(({ policy, because }) => [policy.id, because])).toEqual([
      ['on-demand-policy', null],
    ])
  })
})

describe('a newer decision', () => {
  const at = (outcome: string, id: number) =>
    decide(request(), { results: [result('dist.abicheck', outcome, { id })] })

  it('has not changed when only the results are newer', () => {
    expect(hasChanged(at('FAILED', 1), at('FAILED', 2))).toBe(false)
  })

  it('has changed when a requirement or its waiver has', () => {
    expect(hasChanged(at('FAILED', 1), at('PASSED', 2))).toBe(true)
    expect(hasChanged(at('FAILED', 1), at('ERROR', 1))).toBe(true)
    expect(hasChanged(at('RUNNING', 1), decide(request()))).toBe(true)
    const waived = (id: number) => decide(request(), { waivers: [waiver('dist.abicheck', { id })] })
    expect(hasChanged(waived(1), waived(2))).toBe(true)
    expect(hasChanged(waived(1), waived(1))).toBe(false)
  })
})
