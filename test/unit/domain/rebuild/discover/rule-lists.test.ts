/** Reading the allow and block lists of the configuration, which reports invalid rules. */
import { describe, expect, it } from 'vitest'
import { ruleListSchema } from '../../../../../src/domain/rebuild/discover/allow.ts'
import { ruleSchema } from '../../../../../src/domain/rebuild/discover/rule-language.ts'
import { allowed, HANDLER } from '../../../../support/discover/rules.ts'

describe('reading the configuration, which finds invalid rules,', () => {
  const issues = (rule: unknown) =>
    ruleListSchema('allowlist').safeParse({ [HANDLER]: { image: rule } }).error?.issues ?? []

  it('names list, handler, artifact type, criterion and pattern', () => {
    const [issue] = issues({ name: ['ok', 'te(st'] })
    expect(issue?.message).toMatch(
      new RegExp(
        `^Error while compiling allowlist rule for <handler\\(${HANDLER}\\) artifact\\(image\\)>: name: 'te\\(st' is not a valid regular expression`,
      ),
    )
    expect(issue?.path).toEqual([HANDLER, 'image'])
    const blocked = ruleListSchema('blocklist').safeParse({ global: { image: { name: '(' } } })
    expect(blocked.error?.issues[0]?.message).toContain('compiling blocklist rule for <handler(global)')
  })

  it('reports all problems at once, at any depth', () => {
    expect(issues(['any', [{ a: '(' }, ['all', [{ b: '[' }, { c: 'fine' }]]]])).toHaveLength(2)
  })

  it.each([
    [[{ a: 'x' }, { b: 'y' }], 'a group must start with "any" or "all", not {"a":"x"}'],
    [['either', [{ a: 'x' }]], 'a group must start with "any" or "all", not "either"'],
    [['any', { a: 'x' }], '"any" must be followed by exactly one list of rules'],
    [['any', [{ a: 'x' }], [{ b: 'y' }]], '"any" must be followed by exactly one list of rules'],
    ['RHSA', 'a rule must be {criterion: pattern or patterns}'],
    [{ a: { b: 'c' } }, 'a rule must be {criterion: pattern or patterns}'],
    [{ a: 'RHSA\\Q' }, "a: 'RHSA\\Q' is not a valid regular expression"],
  ])('%j', (rule, message) => {
    expect(issues(rule)[0]?.message).toContain(message)
    expect(ruleSchema.safeParse(rule).success).toBe(false)
  })

  it.each([
    ['RHSA\\Z', 'RHSA', 'RHSA-1'],
    ['\\\\Z', '\\Z', 'Z'],
    ['(?i)rhsa', 'RHSA-1', 'RHBA-1'],
    ['RHSA-\\d{,4}:', 'RHSA-2026:1', 'RHSA-20260:1'],
    ['[]x]', ']', 'y'],
    ['(?m)^x', 'x', 'a\nx'],
  ])('takes the pattern %s as Python does', (pattern, matching, other) => {
    expect(issues({ a: pattern })).toEqual([])
    expect(allowed({ a: pattern }, { a: matching })).toBe(true)
    expect(allowed({ a: pattern }, { a: other })).toBe(false)
  })
})
