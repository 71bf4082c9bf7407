/** Ten thousand subjects with ten tests each are judged quickly: no step takes quadratic time. */
import { expect, it } from 'vitest'
import { joinFacts, NO_FACTS } from '../../../../src/domain/gate/facts/facts.ts'
import { distributeResults, queriesFor } from '../../../../src/domain/gate/facts/result-selection.ts'
import { nextStep } from '../../../../src/domain/gate/next-step.ts'
import { indexPolicies } from '../../../../src/domain/gate/policy/policy-index.ts'
import { parseDecisionRequest } from '../../../../src/gate-input/request/parse-request.ts'
import {
  DISTINCT_ON,
  policiesFrom,
  policyYaml,
  request,
  result,
  test as rule,
  SETTINGS,
  TYPES,
  waiver,
} from '../../../support/gate/builders.ts'

const TESTS = Array.from({ length: 10 }, (_, n) => `test.case.${n}`)
const POLICIES = policiesFrom(
  policyYaml(
    'one',
    TESTS.slice(0, 5).map((name) => rule(name)),
    { excluded_packages: '["a*b*c", "x?"]' },
  ) +
    policyYaml(
      'two',
      TESTS.slice(5).map((name) => rule(name)),
    ),
)

/** Decides a request for `count` subjects with every third result a waived failure, in exactly two rounds. */
function decideFor(count: number): void {
  const nvrs = Array.from({ length: count }, (_, n) => `package-${n}-1.0-1.fc26`)
  const results = nvrs.flatMap((nvr, n) =>
    TESTS.map((name, index) => result(name, (n + index) % 3 ? 'PASSED' : 'FAILED', { nvr })),
  )
  const waivers = results
    .filter(({ outcome }) => outcome === 'FAILED')
    .map(({ testCase, data }) => waiver(testCase, { subjectIdentifier: data.item?.[0] ?? '' }))
  const subject = nvrs.map((item) => ({ type: 'koji_build', item }))
  const parsed = parseDecisionRequest(request({ decision_context: 'c', subject }), TYPES)
  const input = { request: parsed, policies: indexPolicies(POLICIES), settings: SETTINGS, now: 0 }
  const first = nextStep(input, NO_FACTS)
  if (first.kind !== 'needs') throw new Error('expected needs')
  const queried = first.needs.results.map((need) => ({ need, queries: queriesFor(need) }))
  const found = distributeResults(
    queried.flatMap(({ queries }) => queries),
    results,
    DISTINCT_ON,
  )
  const known = joinFacts(NO_FACTS, {
    results: queried.map(({ need, queries }) => ({
      need,
      results: queries.flatMap((query) => found.get(query) ?? []),
    })),
  })
  const second = nextStep(input, known)
  const last = nextStep(input, joinFacts(known, { waivers }))
  expect(second.kind === 'needs' && second.needs.waivers.length).toBe(waivers.length)
  const summary = `All required tests (${results.length} total) have passed or been waived`
  expect(last.kind === 'decision' && last.decision.summary).toBe(summary)
}

it.each([1, 1000, 10_000])('%i subjects are decided in two rounds', (count) => {
  decideFor(count)
})
