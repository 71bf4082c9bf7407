import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BUILD_TRANSITIONS,
  type BuildState,
  eventMayBecome,
  isTerminalBuildState,
  isTerminalEventState,
} from '../../../../../src/domain/rebuild/states.ts'
import type {
  BuildFacts,
  EventFacts,
  Fact,
  Outcome,
} from '../../../../../src/domain/rebuild/transition/facts.ts'
import { transition } from '../../../../../src/domain/rebuild/transition/state-machine.ts'
import { plan, started, story } from '../../../../support/rebuild/arbitrary-facts.ts'
import { eventOf, RULES, written } from '../../../../support/rebuild/event-facts.ts'

/** Applies facts to an event and passes every step to `check`. */
function play(
  builds: BuildFacts[],
  facts: Fact[],
  check: (before: EventFacts, fact: Fact, outcome: Outcome) => void,
) {
  let event = eventOf(builds, { state: 'INITIALIZED' })
  for (const item of facts) {
    const outcome = transition(event, item, RULES)
    check(event, item, outcome)
    event = written(event, outcome)
  }
  return event
}

const RUNS = { numRuns: 1500 }
const isOpen = ({ state }: BuildFacts) => !isTerminalBuildState(state)

describe('the state machine, for any facts in any order', () => {
  it('only makes changes that the tables allow, from the current state', () => {
    fc.assert(
      fc.property(fc.oneof(story, started), ([builds, facts]) => {
        play(builds, facts, (before, _, { changes }) => {
          let eventState = before.state
          for (const change of changes) {
            if (change.target === 'event') {
              expect(change.from).toBe(eventState)
              expect(eventMayBecome(change.from, change.to)).toBe(true)
              eventState = change.to
            } else {
              expect(change.from).toBe(before.builds.find((known) => known.id === change.id)?.state)
              const isLateReason = change.from === 'CANCELED' && change.to === 'CANCELED'
              const allowed: readonly BuildState[] = BUILD_TRANSITIONS[change.from]
              expect(isLateReason || allowed.includes(change.to)).toBe(true)
            }
          }
        })
      }),
      RUNS,
    )
  })

  it('never lets a build or an event leave a terminal state', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (before, _, outcome) => {
          const now = written(before, outcome)
          if (isTerminalEventState(before.state)) expect(now.state).toBe(before.state)
          for (const [n, earlier] of before.builds.entries()) {
            if (!isOpen(earlier)) expect(now.builds[n]?.state).toBe(earlier.state)
          }
        })
      }),
      RUNS,
    )
  })

  it('leaves no planned build under a failed or canceled one', () => {
    fc.assert(
      fc.property(fc.oneof(story, started), ([builds, facts]) => {
        play(builds, facts, (before, _, outcome) => {
          const now = written(before, outcome).builds
          const lost = new Set(
            now
              .filter((candidate) => ['FAILED', 'CANCELED'].includes(candidate.state))
              .map((candidate) => candidate.id),
          )
          const stranded = now.filter(
            (candidate) => candidate.state === 'PLANNED' && lost.has(candidate.depOnId ?? 0),
          )
          expect(stranded).toEqual([])
        })
      }),
      RUNS,
    )
  })

  it('ends a started event exactly when its last build ends, unless a fact ends it before', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (before, applied, outcome) => {
          const now = written(before, outcome)
          const isOver = isTerminalEventState(now.state)
          if (now.builds.some(isOpen)) expect(isOver).toBe(false)
          else expect(isOver || (now.state === 'INITIALIZED' && applied.kind !== 'plan-recorded')).toBe(true)
        })
      }),
      RUNS,
    )
  })

  it('stops following a task only by a report of its end, or with its cancellation', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (before, applied, outcome) => {
          const now = written(before, outcome).builds
          for (const [n, { id, state, taskId }] of before.builds.entries()) {
            if (state !== 'BUILD' || now[n]?.state === 'BUILD') continue
            const reports = applied.kind === 'cancel' ? applied.ended : [applied]
            const hasEnded = reports.some((report) => 'taskId' in report && report.taskId === taskId)
            expect(hasEnded || outcome.cancelTasks.some(({ buildId }) => buildId === id)).toBe(true)
          }
        })
      }),
      RUNS,
    )
  })

  it('changes nothing when the same fact is applied twice', () => {
    fc.assert(
      fc.property(fc.oneof(story, started), ([builds, facts]) => {
        play(builds, facts, (before, applied, outcome) => {
          const again = transition(written(before, outcome), applied, RULES)
          expect(again).toMatchObject({ changes: [], wake: [], cancelTasks: [] })
          expect(again.ignored).toBeTypeOf('string')
        })
      }),
      RUNS,
    )
  })

  it('returns a text whenever it changes nothing, and gives every change a reason or a task to cancel', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (_, __, { changes, cancelTasks, ignored }) => {
          expect(changes.length === 0).toBe(ignored !== undefined)
          for (const change of changes) {
            const isToBeCanceled = cancelTasks.some(
              (task) => change.target === 'build' && task.buildId === change.id,
            )
            expect(change.reason === null).toBe(isToBeCanceled)
          }
        })
      }),
      RUNS,
    )
  })

  it('reports children before their parent, the event last, and each build once', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (before, _, { changes }) => {
          const targets = changes.map((change) => change.target)
          expect(targets.lastIndexOf('build')).toBeLessThan(
            targets.includes('event') ? targets.indexOf('event') : targets.length,
          )
          const ids = changes.flatMap((change) => (change.target === 'build' ? [change.id] : []))
          expect(new Set(ids).size).toBe(ids.length)
          for (const child of before.builds.filter(
            ({ state, depOnId }) => state === 'PLANNED' && depOnId !== null,
          )) {
            const [childAt, parentAt] = [ids.indexOf(child.id), ids.indexOf(child.depOnId ?? 0)]
            if (childAt >= 0 && parentAt >= 0) expect(childAt).toBeLessThan(parentAt)
          }
        })
      }),
      RUNS,
    )
  })

  it('wakes only builds that can then be submitted', () => {
    fc.assert(
      fc.property(started, ([builds, facts]) => {
        play(builds, facts, (before, applied, outcome) => {
          const now = written(before, outcome)
          for (const woken of outcome.wake) {
            const child = now.builds.find((candidate) => candidate.id === woken)
            expect(child?.state).toBe('PLANNED')
            const parent = now.builds.find((candidate) => candidate.id === child?.depOnId)
            // After a wrong report a retry may run although its parent is not DONE.
            if (parent && applied.kind !== 'task-failed' && applied.kind !== 'task-lost')
              expect(parent.state).toBe('DONE')
          }
        })
      }),
      RUNS,
    )
  })

  it('ends every event once each try has an outcome', () => {
    fc.assert(
      fc.property(
        plan,
        fc.infiniteStream(fc.constantFrom('closed', 'failed', 'lost', 'canceled')),
        (builds, ends) => {
          let event = eventOf(builds, { state: 'INITIALIZED' })
          let task = 0
          const next = transition(event, { kind: 'plan-recorded', whenEmpty: 'none' }, RULES)
          const queue = [...next.wake]
          event = written(event, next)
          for (let woken = queue.shift(); woken !== undefined; woken = queue.shift()) {
            const buildId = woken
            task += 1
            const retryCount = event.builds.find((candidate) => candidate.id === buildId)?.retryCount ?? 0
            event = written(
              event,
              transition(event, { kind: 'task-submitted', buildId, taskId: task, retryCount }, RULES),
            )
            const end = ends.next().value
            const ended: Fact =
              end === 'closed'
                ? { kind: 'task-closed', buildId, taskId: task, verification: { ok: true } }
                : end === 'failed'
                  ? { kind: 'task-failed', buildId, taskId: task, detail: 'x' }
                  : { kind: end === 'lost' ? 'task-lost' : 'task-canceled', buildId, taskId: task }
            const outcome = transition(event, ended, RULES)
            event = written(event, outcome)
            queue.push(...outcome.wake)
          }
          expect(isTerminalEventState(event.state)).toBe(true)
          expect(task).toBeLessThanOrEqual(builds.length * RULES.maxAttempts)
        },
      ),
      RUNS,
    )
  })
})
