import { describe, expect, it } from 'vitest'
import type { TaskEnd } from '../../../../../src/domain/rebuild/transition/facts.ts'
import { judgeCancelAttempt } from '../../../../../src/domain/rebuild/transition/judge-cancel.ts'
import { transition } from '../../../../../src/domain/rebuild/transition/state-machine.ts'
import {
  afterFacts,
  build,
  eventOf,
  RULES,
  reasonOf,
  running,
  steps,
  written,
} from '../../../../support/rebuild/event-facts.ts'

const DEPENDENCY = 'Cannot build artifact, because its dependency cannot be built.'

describe('a cancellation', () => {
  const cancel = { kind: 'cancel', by: 'root', ended: [] } as const

  it('cancels planned and running builds, keeps ended ones, and returns the tasks to cancel in Koji', () => {
    const event = eventOf([build(1), build(2), running(3), build(4, { state: 'DONE' })], { id: 7 })
    const outcome = transition(event, cancel, RULES)
    expect(steps(outcome)).toEqual([
      '1: PLANNED -> CANCELED',
      '2: PLANNED -> CANCELED',
      '3: BUILD -> CANCELED',
      'event: BUILDING -> CANCELED',
    ])
    expect(reasonOf(outcome, 1)).toBe('Build canceled before running on external build system.')
    expect(reasonOf(outcome, 3)).toBeNull()
    expect(reasonOf(outcome, 'event')).toBe('Event id 7 requested for canceling by user root')
    expect(outcome.cancelTasks).toEqual([{ buildId: 3, taskId: 300 }])
  })

  it('gives a planned child of a planned build the reason of the cascade, and reports it first', () => {
    for (const builds of [
      [build(1), build(2, { depOnId: 1 }), running(3), build(4, { depOnId: 3 })],
      [build(4, { depOnId: 3 }), running(3), build(2, { depOnId: 1 }), build(1)],
    ]) {
      const outcome = transition(eventOf(builds), cancel, RULES)
      const ids = outcome.changes.flatMap((change) => (change.target === 'build' ? [change.id] : []))
      expect(ids.indexOf(2)).toBeLessThan(ids.indexOf(1))
      expect(ids.toSorted()).toEqual([1, 2, 3, 4])
      expect(reasonOf(outcome, 2)).toBe(DEPENDENCY)
      expect(reasonOf(outcome, 4)).toBe('Build canceled before running on external build system.')
    }
  })

  it('names an unknown user None, and works before the plan is recorded', () => {
    const event = eventOf([], { state: 'INITIALIZED' })
    const outcome = transition(event, { ...cancel, by: null }, RULES)
    expect(reasonOf(outcome, 'event')).toBe('Event id 1 requested for canceling by user None')
  })

  it.each(['COMPLETE', 'FAILED', 'SKIPPED', 'CANCELED'] as const)(
    'is ignored when the event is %s',
    (state) => {
      const outcome = transition(eventOf([running(1)], { state }), cancel, RULES)
      expect(outcome).toMatchObject({
        changes: [],
        cancelTasks: [],
        ignored: `The event is already ${state}`,
      })
    },
  )

  it('includes every build when parents form a cycle', () => {
    const outcome = transition(eventOf([build(1, { depOnId: 2 }), build(2, { depOnId: 1 })]), cancel, RULES)
    expect(outcome.changes).toHaveLength(3)
  })

  const good = { kind: 'task-closed', verification: { ok: true, note: 'newer' } } as const
  const bad = { kind: 'task-closed', verification: { ok: false, text: 'old RPMs' } } as const
  const failed = { kind: 'task-failed', detail: 'no space' } as const

  it.each([
    [good, 'DONE', 'Built successfully.', { note: 'newer' }],
    [bad, 'FAILED', 'old RPMs', {}],
    [failed, 'FAILED', 'Failed to build in Koji.', { retryCount: 1, detail: 'no space' }],
    [{ kind: 'task-canceled' } as const, 'CANCELED', 'Build canceled in external build system.', {}],
  ])('ends a build as Koji had ended its task before (%o)', (end, state, reason, patch) => {
    const event = eventOf([running(1), build(2, { depOnId: 1 }), running(3)])
    const ended = [{ ...end, buildId: 1, taskId: 100 } satisfies TaskEnd]
    const outcome = transition(event, { ...cancel, ended }, RULES)
    expect(outcome.changes).toContainEqual({
      target: 'build',
      id: 1,
      from: 'BUILD',
      to: state,
      reason,
      patch,
    })
    expect(steps(outcome)).toEqual([
      '2: PLANNED -> CANCELED',
      `1: BUILD -> ${state}`,
      '3: BUILD -> CANCELED',
      'event: BUILDING -> CANCELED',
    ])
    expect(outcome.cancelTasks).toEqual([{ buildId: 3, taskId: 300 }])
    expect(outcome.wake).toEqual([])
  })

  it('cancels the task of a later try when only the end of an earlier one was seen', () => {
    const ended = [{ ...good, buildId: 1, taskId: 99 }]
    const outcome = transition(eventOf([running(1)]), { ...cancel, ended }, RULES)
    expect(outcome.cancelTasks).toEqual([{ buildId: 1, taskId: 100 }])
  })
})

describe("Koji's answer about the task of a canceled build", () => {
  it.each([
    ['task-canceled', 'Build canceled in external build system.'],
    ['cancel-gave-up', 'Build was NOT canceled in external build system. Max number of tries reached!'],
  ] as const)('%s fills in the reason of a canceled build once, without changing its state', (kind, text) => {
    const canceled = afterFacts(eventOf([running(1)]), { kind: 'cancel', by: 'root', ended: [] })
    const outcome = transition(canceled, { kind, buildId: 1, taskId: 100, detail: 'why' }, RULES)
    expect(steps(outcome)).toEqual(['1: CANCELED -> CANCELED'])
    expect(reasonOf(outcome, 1)).toBe(text)
    const again = transition(
      written(canceled, outcome),
      { kind: 'task-canceled', buildId: 1, taskId: 100 },
      RULES,
    )
    expect(again.ignored).toBe('The cancellation of task 100 is already reported')
  })

  it('ignores reports about other tasks and about builds that were not canceled', () => {
    const canceled = afterFacts(eventOf([running(1)]), { kind: 'cancel', by: 'root', ended: [] })
    expect(transition(canceled, { kind: 'task-canceled', buildId: 1, taskId: 99 }, RULES).ignored).toBe(
      'Task 99 is not the current task of build 1',
    )
    expect(
      transition(
        eventOf([running(1)]),
        { kind: 'cancel-gave-up', buildId: 1, taskId: 100, detail: 'why' },
        RULES,
      ).ignored,
    ).toContain('does not fit')
  })

  it('is kept with what became of the task when it was not canceled', () => {
    const canceled = afterFacts(eventOf([running(1)]), { kind: 'cancel', by: 'root', ended: [] })
    const fact = { kind: 'cancel-gave-up', buildId: 1, taskId: 100, detail: 'Task 100 ended CLOSED' } as const
    expect(transition(canceled, fact, RULES).changes).toMatchObject([
      { patch: { detail: 'Task 100 ended CLOSED' } },
    ])
  })
})

describe('a try to cancel a task', () => {
  const task = { buildId: 1, taskId: 100 }

  it.each([1, 2, 3])('ends the cancellation when the task is CANCELED (try %i)', (tries) => {
    expect(judgeCancelAttempt(task, { state: 'CANCELED' }, tries)).toEqual({
      fact: { kind: 'task-canceled', ...task },
    })
  })

  it.each([
    ['CLOSED', 'Task 100 ended CLOSED before it could be canceled'],
    ['FAILED', 'Task 100 ended FAILED before it could be canceled'],
    [null, 'Koji does not know task 100'],
  ] as const)('is the last one when the task is %s', (state, detail) => {
    expect(judgeCancelAttempt(task, { state }, 1)).toEqual({
      fact: { kind: 'cancel-gave-up', ...task, detail },
    })
  })

  it('is the last one when Koji refuses it, unless the task has ended by itself', () => {
    const refusal = 'fault 1004: Cannot cancel task, not owner'
    const detail = `Koji refuses to cancel task 100: ${refusal}`
    const gaveUp = { fact: { kind: 'cancel-gave-up', ...task, detail } }
    expect(judgeCancelAttempt(task, { state: 'OPEN', refusal }, 1)).toEqual(gaveUp)
    const canceled = { fact: { kind: 'task-canceled', ...task } }
    expect(judgeCancelAttempt(task, { state: 'CANCELED', refusal }, 1)).toEqual(canceled)
  })

  it.each(['FREE', 'OPEN', 'ASSIGNED'] as const)(
    'is made three times, later and later, while the task is %s',
    (state) => {
      expect([1, 2, 3].map((tries) => judgeCancelAttempt(task, { state }, tries))).toEqual([
        { retryInMs: 1000 },
        { retryInMs: 5000 },
        {
          fact: {
            kind: 'cancel-gave-up',
            ...task,
            detail: `Task 100 is ${state} after 3 tries to cancel it`,
          },
        },
      ])
    },
  )
})
