/** Random requests that name subjects often and under several names get the same answers from a second reading of the behaviour. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DecisionError } from '../../../../src/domain/gate/request/decision-error.ts'
import { decide, policiesFrom } from '../../../support/gate/builders.ts'
import { naiveDecision } from '../../../support/gate/naive.ts'
import {
  outsideOf,
  type PlainRequest,
  type PlainWorld,
  plainRequest,
  plainWorld,
  yamlOf,
} from '../../../support/gate/worlds.ts'

const RUNS = 500

/** The answer, without the details of invalid files, or the message of the 404. */
function decided(world: PlainWorld, request: PlainRequest): unknown {
  try {
    const policies = policiesFrom(yamlOf(world.policies))
    const { unsatisfied_requirements, ...rest } = decide(request, outsideOf(world), { policies })
    return { ...rest, unsatisfied_requirements: unsatisfied_requirements.map(({ details, ...item }) => item) }
  } catch (error) {
    if (error instanceof DecisionError && error.kind === 'not-found') return error.message
    throw error
  }
}

it('a decision is the one that a naive reading of the behaviour makes', () => {
  let answered = 0
  fc.assert(
    fc.property(plainWorld, plainRequest, (world, request) => {
      const expected = naiveDecision(world, request)
      if (typeof expected !== 'string') answered += 1
      expect(decided(world, request)).toEqual(expected)
    }),
    { numRuns: RUNS, seed: 20_211_002 },
  )
  expect(answered).toBeGreaterThan(RUNS / 4)
})
