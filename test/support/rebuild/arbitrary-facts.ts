/** Arbitrary plans and facts: about few builds and tasks, so that late, repeated and wrong facts are frequent. */
import fc from 'fast-check'
import type { BuildFacts, Fact, TaskEnd } from '../../../src/domain/rebuild/transition/facts.ts'
import { build } from './event-facts.ts'

const BUILDS = 6
const id = fc.integer({ min: 1, max: BUILDS })

/** A forest of planned (some already failed) builds: each depends on an earlier build or has no parent. */
export const plan: fc.Arbitrary<BuildFacts[]> = fc
  .array(fc.record({ parent: fc.nat(BUILDS), compose: fc.nat(2), broken: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: BUILDS,
  })
  .map((rows) => {
    const builds: BuildFacts[] = []
    for (const [n, { parent, compose, broken }] of rows.entries()) {
      const depOnId = parent < n ? parent + 1 : null
      const parentFailed = builds.some((earlier) => earlier.id === depOnId && earlier.state === 'FAILED')
      const state = broken === 0 || parentFailed ? 'FAILED' : 'PLANNED'
      builds.push(build(n + 1, { depOnId, composeIds: compose === 0 ? [] : [compose], state }))
    }
    return builds
  })

const taskId = fc.integer({ min: 1, max: 8 })
const text = fc.constantFrom('reason a', 'reason b')
const taskClosed = fc.record({
  kind: fc.constant('task-closed' as const),
  buildId: id,
  taskId,
  verification: fc.constantFrom({ ok: true } as const, { ok: false, text: 'old RPMs' } as const),
})
const taskEnd: fc.Arbitrary<TaskEnd> = fc.oneof(
  taskClosed,
  fc.record({ kind: fc.constant('task-failed' as const), buildId: id, taskId, detail: text }),
  fc.record({ kind: fc.constant('task-canceled' as const), buildId: id, taskId }),
)
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('plan-recorded' as const), whenEmpty: text }),
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('task-submitted' as const),
      buildId: id,
      taskId,
      retryCount: fc.nat(2),
    }),
  },
  fc.record({ kind: fc.constant('submission-refused' as const), buildId: id, reason: text }),
  { weight: 4, arbitrary: taskClosed },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('task-failed' as const),
      buildId: id,
      taskId,
      detail: text,
    }),
  },
  fc.record({ kind: fc.constantFrom('task-canceled', 'task-lost'), buildId: id, taskId }),
  fc.record({ kind: fc.constant('cancel-gave-up' as const), buildId: id, taskId, detail: text }),
  fc.record({ kind: fc.constant('compose-failed' as const), composeId: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('cancel' as const),
    by: fc.constantFrom('root', null),
    ended: fc.array(taskEnd, { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom('event-skipped', 'event-failed'), reason: text }),
  fc.record({ kind: fc.constant('recheck' as const) }),
)

/** A plan and facts. */
export const story = fc.tuple(plan, fc.array(fact, { maxLength: 60 }))
/** Stories that begin with the recorded plan, so that most facts apply. */
export const started = fc
  .tuple(plan, fc.array(fact, { maxLength: 60 }))
  .map(([builds, facts]): [BuildFacts[], Fact[]] => [
    builds,
    [{ kind: 'plan-recorded', whenEmpty: 'none' }, ...facts],
  ])
