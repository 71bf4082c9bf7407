/** The index of policies finds what a scan of all policies finds, in the same order (behaviour/greenwave 1.5). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { globs } from '../../../../../src/domain/gate/policy/glob.ts'
import type { Policy } from '../../../../../src/domain/gate/policy/policy.ts'
import { indexPolicies, isApplicable, isForType } from '../../../../../src/domain/gate/policy/policy-index.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { policiesFrom, policyYaml, test as rule, TYPES } from '../../../../support/gate/builders.ts'

const CONTEXTS = ['a', 'b', 'c', '']
const VERSIONS = ['rhel-8', 'rhel-9', 'fedora-40', '']
const PATTERNS = [...VERSIONS, 'rhel-*', '*', 'rhel-[89]', 'fedora-?0']
/** Ids and aliases of one type, another one, and one that is in no file. */
const NAMES = ['koji_build', 'brew-build', 'redhat-module', 'unknown', '', '*']

const TEST_CASES = ['t1', 't2', 't3']
const [plain] = policiesFrom(policyYaml('p', []))
const RULES = policiesFrom(policyYaml('r', [rule('t1'), rule('t2'), '!RemoteRule {}'])).flatMap(
  (each) => each.rules,
)
const someOf = (from: readonly string[]) => fc.subarray([...from])
const oneOrNone = (from: readonly string[]) => fc.constantFrom(null, ...from)

const policy: fc.Arbitrary<Policy> = fc
  .record({
    kind: fc.constantFrom('configured' as const, 'remote' as const, 'on-demand' as const),
    productVersions: someOf(PATTERNS).map(globs),
    decisionContext: oneOrNone(CONTEXTS),
    decisionContexts: someOf(CONTEXTS),
    subjectType: oneOrNone(NAMES),
    subjectTypes: someOf(NAMES),
    rules: fc.array(fc.constantFrom(...RULES), { maxLength: 2 }),
  })
  .map((fields) => ({ ...(plain as Policy), ...fields })) // the text above has one policy

it('an index finds what a scan finds, in the same order', () => {
  const types = NAMES.map((name) => subjectTypeNamed(TYPES, name))
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 30 }),
      fc.record({ contexts: someOf(CONTEXTS), productVersion: fc.constantFrom(...VERSIONS, 'rhel-7') }),
      fc.constantFrom(...types),
      (policies, scope, type) => {
        const scanned = policies.filter((each) => isApplicable(each, scope, type))
        expect(indexPolicies(policies).applicable(scope, type)).toEqual(scanned)
      },
    ),
    { numRuns: 1000 },
  )
})

it('an index finds the policies that may demand a test case, in load order', () => {
  const types = NAMES.map((name) => subjectTypeNamed(TYPES, name))
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 30 }),
      fc.constantFrom(...TEST_CASES),
      fc.constantFrom(...types),
      (policies, testCase, type) => {
        const scanned = policies.filter(
          (each) =>
            isForType(each, type) &&
            (each.rules.length === 0 ||
              each.rules.some((one) => one.kind === 'RemoteRule' || one.testCaseName === testCase)),
        )
        expect(indexPolicies(policies).concerning(testCase, type)).toEqual(scanned)
      },
    ),
    { numRuns: 1000 },
  )
})
