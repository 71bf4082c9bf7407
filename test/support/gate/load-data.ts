/** Load for the gate: many builds with ten tests each, as results in the lab and as one request. */
import { addResult, type ResultsDbState } from '../../../lab/services/resultsdb/state.ts'
import type { Policy } from '../../../src/domain/gate/policy/policy.ts'
import { policiesFrom, policyYaml, test as rule } from './builders.ts'

const TEST_CASES = Array.from({ length: 10 }, (_none, n) => `distribution.ci.tier${n}.functional`)

/** Data that producers store with every result. */
const PRODUCER = {
  ci_name: ['Distribution CI'],
  ci_url: ['https://ci.example.com/job/distribution/'],
  log: ['https://artifacts.example.com/logs/run.log'],
}

/** Policies that demand all ten tests of every build. */
export function loadPolicies(): Policy[] {
  return policiesFrom(
    policyYaml(
      'load',
      TEST_CASES.map((name) => rule(name)),
    ),
  )
}

/** A request for `builds` builds. */
export function loadRequest(builds: number): Record<string, unknown> {
  const subject = nvrs(builds).map((item) => ({ type: 'koji_build', item }))
  return { decision_context: 'c', product_version: 'fedora-26', subject }
}

/** Adds the results of all tests of all builds; every `failing`th result is a failure. */
export function putLoad(state: ResultsDbState, builds: number, failing: number): void {
  let count = 0
  for (const nvr of nvrs(builds))
    for (const testCase of TEST_CASES) {
      count += 1
      const data = { item: [nvr], type: ['koji_build'], system_architecture: ['x86_64'], ...PRODUCER }
      const submittedAt = '2021-05-01T00:00:00.000000'
      addResult(state, { testCase, outcome: count % failing === 0 ? 'FAILED' : 'PASSED', submittedAt, data })
    }
}

function nvrs(builds: number): string[] {
  return Array.from({ length: builds }, (_none, n) => `package-number-${n}-1.${n % 7}.0-${n % 9}.fc40`)
}
