/** The cost of a decision with few and with many policies in force, of which the same number applies. */
import { NO_FACTS } from '../../../src/domain/gate/facts/facts.ts'
import type { DecisionInput } from '../../../src/domain/gate/judge/round.ts'
import { nextStep } from '../../../src/domain/gate/next-step.ts'
import { indexPolicies } from '../../../src/domain/gate/policy/policy-index.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { policiesFrom, policyYaml, test as rule, SETTINGS, TYPES } from '../../support/gate/builders.ts'
import type { Bench, Line } from '../bench.ts'
import { show } from '../statistics.ts'

const COUNTS = [38, 10_000] as const
const POLICIES_OF_CONTEXT = 2
const ROUNDS = 50_000
const MAX_GROWTH = 1.6

/** Every third policy has a pattern for its version, the others are written out. */
export const policies: Bench = {
  name: 'policies',
  explains:
    'Processor time of the first step of a decision (policies are found, its needs are listed), as a multiple of that with the ' +
    `fewest policies; ${POLICIES_OF_CONTEXT} are of its context.`,
  async run() {
    const lines: Line[] = []
    let base: number | undefined
    for (const count of COUNTS) {
      const us = measure(inputWith(count))
      base ??= us
      lines.push(lineOf(count, us, base))
    }
    return lines
  },
}

function inputWith(count: number): DecisionInput {
  const contexts = count / POLICIES_OF_CONTEXT
  const all = Array.from({ length: count }, (_none, n) => {
    const product_versions = n % 3 === 0 ? '[rhel-*]' : '[rhel-8, rhel-9]'
    const attributes = { decision_context: `context-${n % contexts}`, product_versions }
    return policiesFrom(policyYaml(`policy-${n}`, [rule('one'), rule('two')], attributes))
  })
  const request = parseDecisionRequest(
    {
      decision_context: 'context-3',
      product_version: 'rhel-9',
      subject_type: 'koji_build',
      subject_identifier: 'httpd-2.4-1.el9',
    },
    TYPES,
  )
  return { request, policies: indexPolicies(all.flat()), settings: SETTINGS, now: Date.now() }
}

/** Microseconds of processor time; the first rounds only compile the code. */
function measure(input: DecisionInput): number {
  for (let n = 0; n < ROUNDS / 2; n += 1) nextStep(input, NO_FACTS)
  const before = process.cpuUsage()
  for (let n = 0; n < ROUNDS; n += 1) nextStep(input, NO_FACTS)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / ROUNDS
}

function lineOf(count: number, us: number, base: number): Line {
  const growth = us / base
  return {
    what: `${count.toLocaleString('en-US')} policies`,
    measured: `${show(us)} µs`,
    compared: `x ${show(growth)}`,
    target: { text: `at most ${MAX_GROWTH} times`, met: growth <= MAX_GROWTH },
    raw: { us, growth },
  }
}
