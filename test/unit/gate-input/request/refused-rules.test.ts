/** Rules in a request that are refused, with which texts (behaviour/greenwave 3.1). */
import { describe, expect, it } from 'vitest'
import { onDemand, parse, refusal } from '../../../support/gate/requests.ts'

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
