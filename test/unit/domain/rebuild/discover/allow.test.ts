/** The rules that allow or block images: which they match, and how they explain it. */
import { describe, expect, it } from 'vitest'
import { effectiveRule, isAllowed, ruleListSchema } from '../../../../../src/domain/rebuild/discover/allow.ts'
import { type Criteria, imageCriteria } from '../../../../../src/domain/rebuild/discover/criteria.ts'
import { matchRule } from '../../../../../src/domain/rebuild/discover/rule-language.ts'
import { allowed, HANDLER, rules } from '../../../../support/discover/rules.ts'
import { image } from '../../../../support/rebuild/planned-images.ts'

describe('a leaf', () => {
  it('matches at the start of a value', () => {
    expect(allowed({ name: 'test' }, { name: 'test' })).toBe(true)
    expect(allowed({ name: 'test1' }, { name: 'test' })).toBe(false)
    expect(allowed({ name: 'foo' }, { name: 'foo2' })).toBe(true)
    expect(allowed({ name: 'oo' }, { name: 'foo' })).toBe(false)
    expect(allowed({ name: 'a|b' }, { name: 'b' })).toBe(true)
    expect(allowed({ name: 'x|b' }, { name: 'ab' })).toBe(false)
  })

  it('matches when any of its patterns does', () => {
    const rule = { image_name: ['foo', 'bar'] }
    const kept = ['foo-1-2.3', 'foo2-1-2.3', 'bar-1-2.3', 'unknown-1-2.3'].filter((nvr) =>
      allowed(rule, imageCriteria({}, image(nvr), null)),
    )
    expect(kept).toEqual(['foo-1-2.3', 'foo2-1-2.3', 'bar-1-2.3'])
  })

  it('matches only if every criterion it mentions does', () => {
    const rule = { advisory_name: 'RHSA-\\d+:\\d+', advisory_state: 'REL_PREP' }
    expect(allowed(rule, { advisory_name: 'RHSA-2017:1000', advisory_state: 'SHIPPED_LIVE' })).toBe(false)
    expect(allowed(rule, { advisory_name: 'RHSA-2017:1000', advisory_state: 'REL_PREP' })).toBe(true)
  })

  it('ignores criteria that only the rule or only the event has, but needs at least one in common', () => {
    expect(allowed({ name: 'a', image_name: 'b' }, { name: 'a' })).toBe(true)
    expect(allowed({ name: 'a' }, { name: 'a', other: 'b' })).toBe(true)
    expect(allowed({ advisory_state: '.*' }, { state: 'x' })).toBe(false)
  })

  it('compares booleans, numbers and null as their Python text, also in lists', () => {
    expect(allowed({ published: true }, { published: true })).toBe(true)
    expect(allowed({ published: 'True' }, { published: true })).toBe(true)
    expect(allowed({ published: false }, { published: true })).toBe(false)
    expect(allowed({ published: [false, true] }, { published: true })).toBe(true)
    expect(allowed({ repo: null }, { repo: null })).toBe(true)
    expect(allowed({ repo: 'None' }, { repo: null })).toBe(true)
    expect(allowed({ version: 8 }, { version: '8.2' })).toBe(true)
  })

  it('never matches when it is empty', () => {
    expect(allowed({}, { name: 'a' })).toBe(false)
    expect(allowed({ name: [] }, { name: 'a' })).toBe(false)
    expect(allowed([], { name: 'a' })).toBe(false)
  })
})

describe('groups', () => {
  it('any: a single matching rule is enough', () => {
    const rule = ['any', [{ advisory_name: 'RHSA-\\d+:\\d+' }, { advisory_state: 'REL_PREP' }]]
    expect(allowed(rule, { advisory_name: 'RHSA-2017:1000', advisory_state: 'SHIPPED_LIVE' })).toBe(true)
    expect(allowed(rule, { advisory_name: 'RHSA-2017', advisory_state: 'REL_PREP' })).toBe(true)
    expect(allowed(rule, { advisory_name: 'RHSA-2017', advisory_state: 'SHIPPED_LIVE' })).toBe(false)
  })

  it('all: every rule must match on its own', () => {
    const rule = ['all', [{ a: '1' }, { b: '2' }]]
    expect(allowed(rule, { a: '1', b: '2' })).toBe(true)
    expect(allowed(rule, { a: '1', b: '3' })).toBe(false)
    expect(allowed(rule, { a: '1' })).toBe(false)
  })

  it('nest', () => {
    const rule = ['all', [{ a: '1' }, ['any', [{ b: '2' }, ['all', [{ b: '3' }, { c: '4' }]]]]]]
    expect(allowed(rule, { a: '1', b: '3', c: '4' })).toBe(true)
    expect(allowed(rule, { a: '1', b: '3', c: '5' })).toBe(false)
  })

  it('never match when they are empty', () => {
    expect(allowed(['any', []], { a: '1' })).toBe(false)
    expect(allowed(['all', []], { a: '1' })).toBe(false)
  })
})

describe('the two lists', () => {
  it('allow nothing without an allow rule', () => {
    expect(isAllowed(rules(undefined), HANDLER, 'image', { name: 'a' })).toEqual({
      allowed: false,
      because: `no allow rule for ${HANDLER} and image`,
    })
  })

  it('give the block list precedence', () => {
    const allow = { advisory_name: 'RHSA-\\d+:\\d+' }
    const block = { advisory_name: 'RHSA-2016:\\d+' }
    expect(allowed(allow, { advisory_name: 'RHSA-2017:1000' }, block)).toBe(true)
    expect(allowed(allow, { advisory_name: 'RHSA-2016:1000' }, block)).toBe(false)
  })

  it("override the global rule by the handler's own rule, per artifact type", () => {
    const list = ruleListSchema('allowlist').parse({
      global: { image: { name: 'global' }, module: { name: 'global' } },
      [HANDLER]: { image: { name: 'specific' } },
    })
    const matches = (handler: string, type: string, name: string) => {
      const rule = effectiveRule(list, handler, type)
      return rule !== null && matchRule(rule, { name }).matched
    }
    expect(matches(HANDLER, 'image', 'specific')).toBe(true)
    expect(matches(HANDLER, 'image', 'global')).toBe(false)
    expect(matches(HANDLER, 'module', 'global')).toBe(true)
    expect(matches('Other', 'image', 'global')).toBe(true)
    expect(effectiveRule(list, 'constructor', 'toString')).toBeNull()
  })

  it('override it even by an empty rule', () => {
    const list = ruleListSchema('allowlist').parse({
      global: { image: { a: '1' } },
      [HANDLER]: { image: [] },
    })
    expect(isAllowed({ allow: list, block: {} }, HANDLER, 'image', { a: '1' }).allowed).toBe(false)
  })
})

describe('the explanation', () => {
  const because = (allow: unknown, criteria: Criteria, block?: unknown) =>
    isAllowed(rules(allow, block), HANDLER, 'image', criteria).because

  it('names the criterion, the value and the patterns that failed', () => {
    const rule = { advisory_security_impact: ['critical', 'important'] }
    expect(because(rule, { advisory_security_impact: 'moderate' })).toBe(
      "the allow rule does not match: advisory_security_impact 'moderate' matches none of: critical, important",
    )
  })

  it('names the pattern that matched', () => {
    expect(because({ a: ['x', 'y'] }, { a: 'y1' })).toBe("the allow rule matches: a 'y1' matches y")
    expect(because({ a: '.*' }, { a: 'y' }, { a: 'y' })).toBe("the block rule matches: a 'y' matches y")
  })

  it('reports when rule and criteria have nothing in common', () => {
    expect(because({ image_name: 'x' }, { a: 'y' })).toContain('the rule only tests image_name')
  })

  it('lists every failed alternative of an "any" group, and the deciding rule of an "all" group', () => {
    expect(because(['any', [{ a: 'x' }, { a: 'z' }]], { a: 'y' })).toBe(
      "the allow rule does not match: a 'y' matches none of: x; a 'y' matches none of: z",
    )
    expect(because(['all', [{ a: 'y' }, { b: 'z' }]], { a: 'y', b: 'c' })).toBe(
      "the allow rule does not match: b 'c' matches none of: z",
    )
  })
})

describe('a group of hundreds of rules', () => {
  const group = (kind: string, pattern: (index: number) => string) => [
    kind,
    Array.from({ length: 300 }, (_, index) => ({ a: pattern(index) })),
  ]

  it('is explained by the first of them: thousands of images have the explanation as their reason', () => {
    const { because } = isAllowed(rules(group('any', (index) => `x${index}`)), HANDLER, 'image', { a: 'y' })
    expect(because).toMatch(
      /^the allow rule does not match: (a 'y' matches none of: x\d; ){5}and 295 more rules$/,
    )
  })

  it('is compared only up to the rule that decides', () => {
    let reads = 0
    const counted = {
      get a() {
        reads += 1
        return 'y3'
      },
    }
    const decided = (kind: string, pattern: (index: number) => string) => {
      reads = 0
      return isAllowed(rules(group(kind, pattern)), HANDLER, 'image', counted).allowed
    }
    expect(decided('any', (index) => `y${index}$`)).toBe(true)
    expect(reads).toBeLessThan(10)
    expect(decided('all', (index) => (index === 3 ? 'x' : 'y'))).toBe(false)
    expect(reads).toBeLessThan(10)
  })
})
