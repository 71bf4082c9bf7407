/** Properties of every decision, for random policies, results and waivers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TestResult, Waiver } from '../../../../src/domain/gate/facts/facts.ts'
import type { Policy } from '../../../../src/domain/gate/policy/policy.ts'
import type { DecisionJson } from '../../../../src/present/gate/decision.ts'
import {
  decide,
  type Outside,
  policiesFrom,
  policyYaml,
  result,
  rounds,
  test as rule,
  waiver,
} from '../../../support/gate/builders.ts'

// Few names, so that rules, results and waivers often refer to the same test case.
const NVRS = ['a-1-1', 'b-1-1', 'c-1-1']
const TESTS = ['t1', 't2', 't3']
const FILE = (nvr: string) => `https://src.fedoraproject.org/rpms/${nvr}/raw/r/f/gating.yaml`

const nvr = fc.constantFrom(...NVRS)
const testCase = fc.constantFrom(...TESTS)
const scenario = fc.constantFrom(undefined, 's1', 's2')
const outcome = fc.constantFrom('PASSED', 'INFO', 'FAILED', 'ERROR', 'RUNNING')
const key = fc.constantFrom('item', 'original_spec_nvr')
const type = fc.constantFrom('koji_build', 'brew-build')

const ruleText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(testCase, scenario).map(([name, text]) => rule(name, text && `scenario: ${text}`)),
  },
  { weight: 1, arbitrary: testCase.map((name) => rule(name, 'valid_since: 2021-01-01')) },
  { weight: 1, arbitrary: fc.constantFrom('!RemoteRule {}', '!RemoteRule {required: true}') },
)
const policyText = (contexts: readonly string[]) =>
  fc
    .tuple(
      fc.array(ruleText, { maxLength: 4 }),
      fc.constantFrom(...contexts),
      fc.constantFrom('[]', '[a]', '["*"]'),
    )
    .map(([rules, context, excluded_packages]) =>
      policyYaml('p', rules, { decision_context: context, excluded_packages }),
    )
const remoteText = fc
  .array(fc.tuple(fc.array(testCase, { maxLength: 3 }), fc.constantFrom('c', 'd')), { maxLength: 2 })
  .map((policies) =>
    policies
      .map(([tests, decision_context]) =>
        policyYaml(
          'r',
          tests.map((name) => rule(name)),
          { decision_context },
        ),
      )
      .join(''),
  )

const stored = fc
  .array(fc.record({ testCase, nvr, outcome, key, type, scenario, second: fc.nat(3) }), { maxLength: 12 })
  .map((rows) =>
    rows.map((row, index) =>
      result(row.testCase, row.outcome, {
        ...{
          id: index + 1,
          nvr: row.nvr,
          key: row.key,
          type: row.type,
          at: `2021-05-01T00:00:0${row.second}`,
        },
        ...(row.scenario && { scenario: row.scenario }),
      }),
    ),
  )
const waiverTest = fc.constantFrom(...TESTS, 'missing-gating-yaml', 'invalid-gating-yaml')
const waived = fc
  .array(fc.record({ testCase: waiverTest, nvr, type, scenario, waived: fc.boolean() }), { maxLength: 6 })
  .map((rows) =>
    rows.map((row, index) =>
      waiver(row.testCase, {
        ...{ id: index + 1, subjectIdentifier: row.nvr, subjectType: row.type },
        ...{ scenario: row.scenario ?? null, waived: row.waived },
      }),
    ),
  )

type World = { policies: Policy[]; results: TestResult[]; waivers: Waiver[]; files: Record<string, string> }

const world: fc.Arbitrary<World> = fc
  .record({
    policies: fc.array(policyText(['c', 'd']), { minLength: 1, maxLength: 4 }),
    results: stored,
    waivers: waived,
    files: fc.array(fc.oneof(remoteText, fc.constant('a: b: c'), fc.constant(null)), {
      minLength: 3,
      maxLength: 3,
    }),
  })
  .map(({ policies, files, ...rest }) => ({
    ...rest,
    // At least one policy applies, so that a decision is possible.
    policies: policiesFrom(
      policyYaml('always', [], { decision_contexts: '[c, d]', decision_context: 'null' }) + policies.join(''),
    ),
    files: Object.fromEntries(
      files.flatMap((text, n) => (text === null ? [] : [[FILE(NVRS[n] ?? ''), text]])),
    ),
  }))

const contexts = fc.constantFrom(['c'], ['c', 'd'])
const subjects = fc.array(nvr, { minLength: 1, maxLength: 4 })

function outside({ results, waivers, files }: World): Outside {
  const found = (name: string) => ({
    kind: 'found' as const,
    build: {
      creationTime: Date.parse(name === 'a-1-1' ? '2020-01-01' : '2022-01-01'),
      sourceUrl: `git://h/rpms/${name}#r`,
    },
  })
  return { results, waivers, files, builds: Object.fromEntries(NVRS.map((name) => [name, found(name)])) }
}

function decideOn(
  world: World,
  names: readonly string[],
  decision_context: readonly string[],
  more = {},
): DecisionJson {
  const subject = names.map((item) => ({ type: 'koji_build', item }))
  const body = { product_version: 'fedora-26', decision_context, subject, ...more }
  return decide(body, outside(world), { policies: world.policies })
}

/** The items in a fixed order, so that lists compare as sets. */
function asSet(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort()
}

describe('a decision', () => {
  it('is never made worse by a waiver', () => {
    fc.assert(
      fc.property(world, subjects, contexts, (all, names, points) => {
        const strict = decideOn({ ...all, waivers: [] }, names, points)
        const waivedToo = decideOn(all, names, points)
        const unmet = new Set(strict.unsatisfied_requirements.map((item) => JSON.stringify(item)))
        for (const item of waivedToo.unsatisfied_requirements) expect(unmet).toContain(JSON.stringify(item))
        if (strict.policies_satisfied) expect(waivedToo).toEqual(strict)
      }),
    )
  })

  it('does not depend on the order in which results and waivers are stored', () => {
    fc.assert(
      fc.property(world, subjects, contexts, fc.boolean(), (all, names, points, verbose) => {
        const turned = { ...all, results: all.results.toReversed(), waivers: all.waivers.toReversed() }
        expect(decideOn(turned, names, points, { verbose })).toEqual(
          decideOn(all, names, points, { verbose }),
        )
      }),
    )
  })

  it('has the same verdict for every order of the policies', () => {
    fc.assert(
      fc.property(world, subjects, contexts, (all, names, points) => {
        const forward = decideOn(all, names, points)
        const reversed = decideOn({ ...all, policies: all.policies.toReversed() }, names, points)
        const tests = (list: DecisionJson['satisfied_requirements']) =>
          asSet(list.map(({ source, policy, ...rest }) => rest)) // these two depend on which policy comes first
        expect(reversed.policies_satisfied).toBe(forward.policies_satisfied)
        expect(reversed.summary).toBe(forward.summary)
        expect(tests(reversed.unsatisfied_requirements)).toEqual(tests(forward.unsatisfied_requirements))
        expect(asSet(reversed.applicable_policies ?? [])).toEqual(asSet(forward.applicable_policies ?? []))
      }),
    )
  })

  it('on several subjects joins the decisions on each of them', () => {
    fc.assert(
      fc.property(world, fc.uniqueArray(nvr, { minLength: 1 }), contexts, (all, names, points) => {
        const each = names.map((name) => decideOn(all, [name], points, { verbose: true }))
        const joined = decideOn(all, names, points, { verbose: true })
        expect(joined.policies_satisfied).toBe(each.every((decision) => decision.policies_satisfied))
        for (const part of [
          'satisfied_requirements',
          'unsatisfied_requirements',
          'applicable_policies',
          'results',
        ] as const) {
          expect(joined[part], part).toEqual(each.flatMap((decision) => decision[part] ?? []))
        }
        expect(asSet(joined.waivers ?? [])).toEqual(asSet(each.flatMap((decision) => decision.waivers ?? [])))
      }),
    )
  })

  it('is the same for a verbose request', () => {
    fc.assert(
      fc.property(world, subjects, contexts, (all, names, points) => {
        const { results, waivers, ...verbose } = decideOn(all, names, points, { verbose: true })
        expect(verbose).toEqual(decideOn(all, names, points))
      }),
    )
  })

  it('answers a subject as often as the request names it, and fetches it once', () => {
    fc.assert(
      fc.property(world, subjects, contexts, fc.boolean(), (all, names, points, verbose) => {
        const once = decideOn(all, names, points, { verbose })
        const twice = decideOn(all, [...names, ...names], points, { verbose })
        for (const part of [
          'satisfied_requirements',
          'unsatisfied_requirements',
          'applicable_policies',
        ] as const)
          expect(twice[part], part).toEqual([...(once[part] ?? []), ...(once[part] ?? [])])
        expect([twice.results, twice.waivers]).toEqual([once.results, once.waivers])
      }),
    )
  })

  it('needs nothing twice, and everything within five rounds', () => {
    fc.assert(
      fc.property(world, subjects, contexts, fc.boolean(), (all, names, decision_context, verbose) => {
        const subject = names.map((item) => ({ type: 'koji_build', item }))
        const body = { product_version: 'fedora-26', decision_context, subject, verbose }
        const { rounds: steps } = rounds(body, outside(all), { policies: all.policies })
        const things = steps.flatMap((needs) => [
          ...[...needs.builds, ...needs.files],
          ...needs.results.flatMap(({ subject: { identifier }, testCases }) =>
            (testCases === 'all' ? [testCases] : testCases).map((name) => `${identifier} ${name}`),
          ),
        ])
        expect(new Set(things).size).toBe(things.length)
        expect(steps.length).toBeLessThanOrEqual(5)
        expect(steps.filter(({ waivers }) => waivers.length > 0).length).toBeLessThanOrEqual(1)
      }),
    )
  })
})
