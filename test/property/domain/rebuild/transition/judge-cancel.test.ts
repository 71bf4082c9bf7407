import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BuildState, isTerminalBuildState } from '../../../../../src/domain/rebuild/states.ts'
import { TASK_STATES } from '../../../../../src/domain/rebuild/task-state.ts'
import type { BuildFacts, EventFacts, TaskEnd } from '../../../../../src/domain/rebuild/transition/facts.ts'
import { judgeCancelAttempt } from '../../../../../src/domain/rebuild/transition/judge-cancel.ts'
import { transition } from '../../../../../src/domain/rebuild/transition/state-machine.ts'
import { build, eventOf, RULES, written } from '../../../../support/rebuild/event-facts.ts'

const RUNS = { numRuns: 1500 }

/** A forest in any state: a build may have a task, of this try or of one before. */
const builds: fc.Arbitrary<BuildFacts[]> = fc
  .array(
    fc.record({
      parent: fc.nat(8),
      state: fc.constantFrom<BuildState>('PLANNED', 'BUILD', 'DONE', 'FAILED', 'CANCELED'),
      hadTask: fc.boolean(),
      retryCount: fc.nat(2),
    }),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ parent, state, hadTask, retryCount }, n) => {
      const taskId = state === 'BUILD' || hadTask ? 100 + n : null
      const stateReason = isTerminalBuildState(state) ? 'ended before' : null
      return build(n + 1, { depOnId: parent < n ? parent + 1 : null, state, taskId, retryCount, stateReason })
    }),
  )
const event = fc
  .tuple(builds, fc.constantFrom('INITIALIZED' as const, 'BUILDING' as const))
  .map(([all, state]) => eventOf(all, { state }))

/** What Koji had answered about tasks: right and wrong ones. */
const ended: fc.Arbitrary<TaskEnd[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('task-closed' as const),
      buildId: fc.integer({ min: 1, max: 8 }),
      taskId: fc.integer({ min: 100, max: 107 }),
      verification: fc.constantFrom({ ok: true } as const, { ok: false, text: 'old RPMs' } as const),
    }),
    fc.record({
      kind: fc.constant('task-failed' as const),
      buildId: fc.integer({ min: 1, max: 8 }),
      taskId: fc.integer({ min: 100, max: 107 }),
      detail: fc.constant('no space'),
    }),
  ),
  { maxLength: 8 },
)
const states = (at: EventFacts) => at.builds.map(({ state }) => state)

it('a cancel ends an event at any point: CANCELED, with every build ended and none that had ended before touched', () => {
  fc.assert(
    fc.property(event, ended, (before, ends) => {
      const now = written(before, transition(before, { kind: 'cancel', by: 'root', ended: ends }, RULES))
      expect(now.state).toBe('CANCELED')
      expect(states(now).every(isTerminalBuildState)).toBe(true)
      for (const [n, earlier] of before.builds.entries())
        if (isTerminalBuildState(earlier.state)) expect(now.builds[n]).toEqual(earlier)
    }),
    RUNS,
  )
})

it('a cancel cancels exactly the tasks that are not known to have ended, each once, and no reason stays open', () => {
  fc.assert(
    fc.property(
      event,
      ended,
      fc.infiniteStream(fc.constantFrom(null, ...TASK_STATES)),
      (before, ends, answers) => {
        const outcome = transition(before, { kind: 'cancel', by: 'root', ended: ends }, RULES)
        const canceled = written(before, outcome)
        const open = canceled.builds.filter(({ stateReason }) => stateReason === null)
        expect(outcome.cancelTasks).toEqual(open.map(({ id, taskId }) => ({ buildId: id, taskId })))
        let now = canceled
        for (const task of outcome.cancelTasks)
          for (let tries = 1; ; tries += 1) {
            expect(tries).toBeLessThanOrEqual(3)
            const step = judgeCancelAttempt(task, { state: answers.next().value }, tries)
            if ('retryInMs' in step) continue
            now = written(now, transition(now, step.fact, RULES))
            break
          }
        expect(states(now)).toEqual(states(canceled))
        expect(now.builds.filter(({ stateReason }) => stateReason === null)).toEqual([])
      },
    ),
    RUNS,
  )
})

it('a cancel leaves no task running that a submission creates afterwards', () => {
  fc.assert(
    fc.property(event, fc.integer({ min: 1, max: 8 }), fc.nat(2), (before, buildId, retryCount) => {
      const now = written(before, transition(before, { kind: 'cancel', by: null, ended: [] }, RULES))
      const late = transition(now, { kind: 'task-submitted', buildId, taskId: 900, retryCount }, RULES)
      const claimed = before.builds.find(({ id }) => id === buildId)
      if (claimed?.state === 'PLANNED' && claimed.retryCount === retryCount)
        expect(late.cancelTasks).toEqual([{ buildId, taskId: 900 }])
      for (const change of late.changes) expect(change).toMatchObject({ from: 'CANCELED', to: 'CANCELED' })
    }),
    RUNS,
  )
})
