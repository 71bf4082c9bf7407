/** Every explanation is true: what it calls applied is what the decision applied, and each condition it names has failed. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  CONDITIONS,
  type Condition,
  type PolicyExplanation,
} from '../../../../../src/domain/gate/explain/explanation.ts'
import { explained, policiesFrom } from '../../../../support/gate/builders.ts'
import { globs, isOneOf, type NaiveSubject, packageOf, subjectOf } from '../../../../support/gate/naive.ts'
import {
  fileUrl,
  MADE,
  outsideOf,
  type PlainPolicy,
  type PlainRequest,
  plainRequest,
  plainWorld,
  yamlOf,
} from '../../../../support/gate/worlds.ts'

type Alone = (
  policy: PlainPolicy,
  subject: NaiveSubject,
  request: PlainRequest,
  parents: PlainPolicy[] | null,
) => boolean

/** Each condition evaluated alone. */
const HOLDS = {
  'decision context': ({ contexts }, _subject, request) =>
    contexts.some((context) => [request.decision_context].flat().includes(context)),
  'product version': ({ versions }, _subject, request) =>
    versions.some((pattern) => globs(pattern, request.product_version)),
  'subject type': ({ types }, { names }) => types.some((type) => names.includes(type)),
  'parent policy': ({ contexts }, _subject, _request, parents) =>
    parents === null ||
    parents.some((parent) => parent.contexts.some((context) => contexts.includes(context))),
  'excluded package': ({ excluded }, subject) => !isOneOf(excluded, subject),
  'listed package': ({ packages }, subject) =>
    packages.length === 0 || packageOf(subject) === null || isOneOf(packages, subject),
  'valid time': ({ rules }, { id }) =>
    rules.every((rule) => {
      const made = MADE[id] ?? ''
      if (rule.kind === 'remote') return true
      return (rule.since === null || rule.since <= made) && (rule.until === null || made < rule.until)
    }),
} as const satisfies Record<Condition, Alone>

const MATCHING: readonly Condition[] = [
  'decision context',
  'product version',
  'subject type',
  'parent policy',
]

it('an explanation agrees with the decision, and with each condition evaluated alone', () => {
  const named = new Set<Condition | null>()
  fc.assert(
    fc.property(plainWorld, plainRequest, (world, request) => {
      const policies = policiesFrom(yamlOf(world.policies))
      const { explanation, decision } = explained(request, outsideOf(world), { policies })
      const { subjects, isComplete } = explanation
      expect([subjects.length, isComplete]).toEqual([request.subject.length, true])

      // Without a decision the builds may not have been looked up, so that their time is not known.
      const known = (condition: Condition | null) =>
        decision === null && condition === 'valid time' ? null : condition
      const applied = subjects.flatMap((each) => each.policies.filter((policy) => policy.applied))
      if (decision) expect(applied.map(({ policy }) => policy.id)).toEqual(decision.applicablePolicies)

      for (const [index, each] of subjects.entries()) {
        const subject = subjectOf(request.subject[index] ?? {})
        const check = (
          { failed, applied: isApplied }: PolicyExplanation,
          plain: PlainPolicy,
          parents: PlainPolicy[] | null,
        ) => {
          const first =
            CONDITIONS.find((condition) => !HOLDS[condition](plain, subject, request, parents)) ?? null
          expect(known(failed?.condition ?? null)).toBe(known(first))
          expect(isApplied).toBe(first === null || !MATCHING.includes(first))
          named.add(first)
        }
        expect(each.policies.map(({ policy }) => policy)).toEqual(policies)
        const pairs = each.policies.map((policy, n) => [policy, world.policies[n]] as const)
        for (const [policy, plain] of pairs) if (plain) check(policy, plain, null)
        const checked = pairs.flatMap(([{ failed }, plain]) =>
          plain && (failed === null || failed.condition === 'valid time') ? [plain] : [],
        )
        const rules = new Set(
          checked
            .flatMap(({ rules: all }) => all)
            .filter(({ kind }) => kind === 'remote')
            .map((rule) => JSON.stringify(rule)),
        )
        const content = world.files[subject.id] ?? null
        if (!decision) continue
        const outcome = content === null ? 'absent' : content === 'invalid' ? 'invalid' : 'read'
        expect(each.files.map((file) => [file.url, file.outcome])).toEqual(
          [...rules].map(() => [fileUrl(subject.id), outcome]),
        )
        for (const [n, file] of each.files.entries()) {
          const rule = [...rules][n]
          const parents = checked.filter((plain) => plain.rules.some((one) => JSON.stringify(one) === rule))
          for (const [m, policy] of file.policies.entries()) {
            const plain = Array.isArray(content) ? content[m] : undefined
            if (plain) check(policy, plain, parents)
          }
        }
      }
    }),
    { numRuns: 500, seed: 20_211_003 },
  )
  expect(named).toEqual(new Set([...CONDITIONS, null]))
})
