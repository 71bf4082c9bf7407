/** Rule files: as facts, and as checked before they are committed (behaviour/greenwave 4.5, 4.8). */
import { describe, expect, it } from 'vitest'
import { remoteFileFact, validateRemoteFile } from '../../../../src/gate-input/policies/rule-file.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'
import { POLICIES, policyYaml, test as rule } from '../../../support/gate/builders.ts'

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

  it.each([
    ['time', rule('t', `valid_since: ${'x'.repeat(100_000)}`)],
    ['tag', `!${'x'.repeat(100_000)} {}`],
  ])('is refused with a short text, however long its invalid %s is', (_what, long) => {
    const { isValid, message } = validate(policyYaml('x', [long]))
    expect([isValid, message.length < 500]).toEqual([false, true]) // it is repeated for each subject of a decision
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
