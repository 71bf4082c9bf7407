/** The decisions that a message may change are found along the index as a scan of all policies finds them (behaviour/greenwave 6.4). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type CandidateSource,
  candidatePairs,
  candidateSourceOf,
} from '../../../../../src/domain/gate/change/candidates.ts'
import { joinFacts, NO_FACTS } from '../../../../../src/domain/gate/facts/facts.ts'
import { createMissingFacts, isSettled, type Needs } from '../../../../../src/domain/gate/facts/needs.ts'
import { indexPolicies } from '../../../../../src/domain/gate/policy/policy-index.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { answer, policiesFrom, SETTINGS, TYPES } from '../../../../support/gate/builders.ts'
import { NVRS, outsideOf, plainWorld, yamlOf } from '../../../../support/gate/worlds.ts'

const NAMES = ['koji_build', 'brew-build', 'redhat-container-image', 'bodhi_update', 'unknown']

const reported = fc.record({
  testCase: fc.constantFrom('t1', 't2', 't3', 't4', ''),
  versions: fc.subarray(['fedora-26', 'fedora-27', 'rhel-8']),
  decided: fc.array(
    fc.record({
      decisionContext: fc.constantFrom('c', 'd'),
      productVersion: fc.constantFrom('fedora-27', 'rhel-9'),
    }),
    { maxLength: 2 },
  ),
})
const subject = fc.record({
  type: fc.constantFrom(...NAMES).map((name) => subjectTypeNamed(TYPES, name)),
  identifier: fc.constantFrom(...NVRS),
})

it('the index leads to the pairs and the needs of a scan, round by round and in the same order', () => {
  let found = 0
  fc.assert(
    fc.property(plainWorld, subject, reported, (world, about, item) => {
      const policies = indexPolicies(policiesFrom(yamlOf(world.policies)))
      const indexed = candidateSourceOf(policies, TYPES.all)
      const scanned: CandidateSource = {
        ...indexed,
        policies: { ...policies, concerning: () => policies.all },
      }
      let facts = NO_FACTS
      for (let needs: Needs | null = null; needs === null || !isSettled(needs); ) {
        const [byIndex, byScan] = [indexed, scanned].map((choice) => {
          const missing = createMissingFacts()
          const candidates = candidatePairs(about, item, choice, { facts, missing, settings: SETTINGS })
          return { candidates, needs: missing.needs(null) }
        })
        expect(byIndex).toEqual(byScan)
        needs = byScan?.needs ?? null
        if (needs) facts = joinFacts(facts, answer(needs, outsideOf(world)))
        found += byScan?.candidates.pairs.length ?? 0
      }
    }),
    { numRuns: 500, seed: 20_261_128 },
  )
  expect(found).toBeGreaterThan(100)
})
