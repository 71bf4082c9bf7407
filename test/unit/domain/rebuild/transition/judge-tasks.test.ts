import { describe, expect, it } from 'vitest'
import { judgeTogether } from '../../../../../src/domain/rebuild/transition/judge-together.ts'
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
const OK = { ok: true } as const
const ONE_TRY = { ...RULES, maxAttempts: 1 }
const failedTask = (buildId: number, taskId: number) =>
  ({ kind: 'task-failed', buildId, taskId, detail: 'ImportError' }) as const

describe('submission', () => {
  it('stores the task and starts the build', () => {
    const outcome = transition(
      eventOf([build(1)]),
      { kind: 'task-submitted', buildId: 1, taskId: 77, retryCount: 0 },
      RULES,
    )
    expect(outcome.changes).toEqual([
      {
        target: 'build',
        id: 1,
        from: 'PLANNED',
        to: 'BUILD',
        reason: 'Building container image in Koji.',
        patch: { taskId: 77 },
      },
    ])
  })

  it('keeps what should be known of it with the build', () => {
    const report = { kind: 'task-submitted', buildId: 1, taskId: 77, retryCount: 0, note: 'as is' } as const
    const outcome = transition(eventOf([build(1)]), report, RULES)
    expect(outcome.changes).toMatchObject([{ patch: { taskId: 77, note: 'as is' } }])
  })

  it('ignores a report that is repeated, late, or about an unknown build', () => {
    const report = (taskId: number, retryCount: number, buildId = 1) =>
      ({ kind: 'task-submitted', buildId, taskId, retryCount }) as const
    expect(transition(eventOf([running(1)]), report(100, 0), RULES).ignored).toContain('already known')
    expect(transition(eventOf([running(1)]), report(101, 0), RULES).ignored).toContain('does not fit')
    const retrying = eventOf([build(1, { taskId: 100, retryCount: 1 })])
    expect(transition(retrying, report(100, 0), RULES).ignored).toContain('earlier try')
    expect(transition(retrying, report(99, 0), RULES).ignored).toContain('earlier try')
    expect(transition(retrying, report(99, 1, 5), RULES).ignored).toBe('Event 1 has no build 5')
  })

  it('accepts the number of the previous try again from a hub that was restored from a backup', () => {
    const lost = afterFacts(eventOf([running(1)]), { kind: 'task-lost', buildId: 1, taskId: 100 })
    const report = { kind: 'task-submitted', buildId: 1, taskId: 100, retryCount: 1 } as const
    expect(transition(lost, report, RULES).changes).toMatchObject([{ id: 1, to: 'BUILD' }])
  })

  it('cancels the task in Koji when the event was canceled in the meantime', () => {
    const canceled = afterFacts(eventOf([build(1)]), { kind: 'cancel', by: 'root', ended: [] })
    const report = { kind: 'task-submitted', buildId: 1, taskId: 77, retryCount: 0 } as const
    const outcome = transition(canceled, report, RULES)
    expect(outcome.cancelTasks).toEqual([{ buildId: 1, taskId: 77 }])
    expect(outcome.changes).toEqual([
      { target: 'build', id: 1, from: 'CANCELED', to: 'CANCELED', reason: null, patch: { taskId: 77 } },
    ])
    const later = written(canceled, outcome)
    expect(transition(later, report, RULES).ignored).toContain('already known')
    expect(reasonOf(transition(later, { kind: 'task-canceled', buildId: 1, taskId: 77 }, RULES), 1)).toBe(
      'Build canceled in external build system.',
    )
  })

  it('fails a rejected build and its descendants, with the reason', () => {
    const event = eventOf([build(1), build(2, { depOnId: 1 }), running(3)])
    const fact = { kind: 'submission-refused', buildId: 1, reason: 'no such target' } as const
    const outcome = transition(event, fact, RULES)
    expect(steps(outcome)).toEqual(['2: PLANNED -> FAILED', '1: PLANNED -> FAILED'])
    expect(reasonOf(outcome, 1)).toBe('no such target')
    expect(transition(written(event, outcome), fact, RULES).changes).toEqual([])
  })

  it('ignores a rejection of a running build', () => {
    const fact = { kind: 'submission-refused', buildId: 1, reason: 'late' } as const
    expect(transition(eventOf([running(1)]), fact, RULES).ignored).toBe(
      'submission-refused does not fit: build 1 is BUILD, event 1 is BUILDING',
    )
  })

  it('ends the event when every submission was rejected', () => {
    const outcome = transition(
      eventOf([build(1)]),
      { kind: 'submission-refused', buildId: 1, reason: 'no such target' },
      RULES,
    )
    expect(steps(outcome)).toEqual(['1: PLANNED -> FAILED', 'event: BUILDING -> FAILED'])
    expect(reasonOf(outcome, 'event')).toBe('No container images to rebuild, all are in failed state.')
  })
})

describe('a closed task', () => {
  it('makes the build DONE and wakes only its planned children', () => {
    const event = eventOf([
      running(1),
      build(2, { depOnId: 1 }),
      build(3, { depOnId: 1 }),
      build(4, { depOnId: 2 }),
      build(5, { depOnId: 1, state: 'FAILED' }),
      build(6),
    ])
    const outcome = transition(
      event,
      { kind: 'task-closed', buildId: 1, taskId: 100, verification: OK },
      RULES,
    )
    expect(outcome.wake).toEqual([2, 3])
    expect(steps(outcome)).toEqual(['1: BUILD -> DONE'])
    expect(reasonOf(outcome, 1)).toBe('Built successfully.')
  })

  it('keeps how long it took, as far as Koji reports it', () => {
    const closed = { kind: 'task-closed', buildId: 1, taskId: 100, verification: OK } as const
    const patchOf = (seconds?: number) =>
      transition(eventOf([running(1)]), { ...closed, seconds }, RULES).changes[0]
    expect(patchOf(90)).toMatchObject({ to: 'DONE', patch: { seconds: 90 } })
    expect(patchOf()).toMatchObject({ to: 'DONE', patch: {} })
    expect(patchOf()).not.toHaveProperty('patch.seconds')
  })

  it('fails the build with the text of the RPM check', () => {
    const event = eventOf([running(1), build(2, { depOnId: 1 }), running(3)])
    const verification = { ok: false, text: 'openssl is too old' } as const
    const outcome = transition(event, { kind: 'task-closed', buildId: 1, taskId: 100, verification }, RULES)
    expect(steps(outcome)).toEqual(['2: PLANNED -> FAILED', '1: BUILD -> FAILED'])
    expect(reasonOf(outcome, 1)).toBe('openssl is too old')
    expect(outcome.wake).toEqual([])
  })

  it('is ignored when it is not the current task, or the event has ended', () => {
    const closed = (taskId: number) =>
      ({ kind: 'task-closed', buildId: 1, taskId, verification: OK }) as const
    expect(transition(eventOf([running(1)]), closed(99), RULES).ignored).toBe(
      'Task 99 is not the current task of build 1',
    )
    const ended = eventOf([running(1)], { state: 'FAILED' })
    expect(transition(ended, closed(100), RULES).ignored).toContain('event 1 is FAILED')
  })
})

describe('a failed task', () => {
  it('is tried three times in total, with the configured delays', () => {
    const submit = (taskId: number, retryCount: number) =>
      ({ kind: 'task-submitted', buildId: 1, taskId, retryCount }) as const
    let event = afterFacts(eventOf([build(1), build(2, { depOnId: 1 })]), submit(10, 0))
    const first = transition(event, failedTask(1, 10), RULES)
    expect(first).toMatchObject({ wake: [1] })
    expect(first.changes).toEqual([
      {
        target: 'build',
        id: 1,
        from: 'BUILD',
        to: 'PLANNED',
        reason: 'Retrying failed build 10',
        patch: { retryCount: 1, submitAfterS: 0, detail: 'ImportError' },
      },
    ])
    event = afterFacts(written(event, first), submit(11, 1))
    const second = transition(event, failedTask(1, 11), RULES)
    expect(second.changes).toMatchObject([
      { reason: 'Retrying failed build 11', patch: { retryCount: 2, submitAfterS: 60 } },
    ])
    event = afterFacts(written(event, second), submit(12, 2))
    const third = transition(event, failedTask(1, 12), RULES)
    expect(steps(third)).toEqual(['2: PLANNED -> FAILED', '1: BUILD -> FAILED', 'event: BUILDING -> FAILED'])
    expect(reasonOf(third, 1)).toBe('Failed to build in Koji.')
    expect(third.changes[1]).toMatchObject({ patch: { retryCount: 3, detail: 'ImportError' } })
    expect(third.wake).toEqual([])
  })

  it('uses the last delay for all further tries', () => {
    const event = eventOf([running(1, { retryCount: 5 })])
    const outcome = transition(event, failedTask(1, 100), { maxAttempts: 9, retryDelaysS: [0, 60] })
    expect(outcome.changes).toMatchObject([{ patch: { retryCount: 6, submitAfterS: 60 } }])
    expect(
      transition(event, failedTask(1, 100), { maxAttempts: 9, retryDelaysS: [0, 60, 600] }),
    ).toMatchObject({
      changes: [{ patch: { submitAfterS: 600 } }],
    })
    expect(transition(event, failedTask(1, 100), { maxAttempts: 9, retryDelaysS: [] }).changes).toMatchObject(
      [{ patch: { submitAfterS: 0 } }],
    )
  })

  it('is not tried again when only one try is allowed', () => {
    const outcome = transition(eventOf([running(1), running(2)]), failedTask(1, 100), ONE_TRY)
    expect(steps(outcome)).toEqual(['1: BUILD -> FAILED'])
    expect(outcome.changes).toMatchObject([{ reason: 'Failed to build in Koji.', patch: { retryCount: 1 } }])
  })

  it('counts once, however often it is reported', () => {
    const event = afterFacts(eventOf([running(1)]), failedTask(1, 100), failedTask(1, 100))
    expect(event.builds[0]).toMatchObject({ state: 'PLANNED', retryCount: 1 })
  })

  it('counts for facts that are judged together with it', () => {
    const submitted = { kind: 'task-submitted', buildId: 1, taskId: 101, retryCount: 1 } as const
    const facts = [failedTask(1, 100), submitted, failedTask(1, 101)]
    const judged = judgeTogether(eventOf([running(1)]), facts, RULES)
    expect(judged.map((result) => result.ok && result.value.changes)).toMatchObject([
      [{ to: 'PLANNED', patch: { retryCount: 1 } }],
      [{ to: 'BUILD' }],
      [{ to: 'PLANNED', patch: { retryCount: 2 } }],
    ])
  })

  it('is also counted when Koji does not know the task any more', () => {
    const outcome = transition(eventOf([running(1)]), { kind: 'task-lost', buildId: 1, taskId: 100 }, RULES)
    expect(outcome).toMatchObject({
      wake: [1],
      changes: [{ to: 'PLANNED', reason: 'Retrying failed build 100' }],
    })
    expect(
      transition(eventOf([build(1)]), { kind: 'task-lost', buildId: 1, taskId: 100 }, RULES).changes,
    ).toEqual([])
  })

  it.each(['FAILED', 'CANCELED'] as const)('is not tried again when its parent is %s', (state) => {
    const event = eventOf([build(1, { state }), running(2, { depOnId: 1 }), running(3)])
    const outcome = transition(event, failedTask(2, 200), RULES)
    expect(steps(outcome)).toEqual(['2: BUILD -> FAILED'])
    expect(reasonOf(outcome, 2)).toBe(DEPENDENCY)
  })

  it('is tried again when its parent is DONE', () => {
    const event = eventOf([build(1, { state: 'DONE' }), running(2, { depOnId: 1 })])
    expect(steps(transition(event, failedTask(2, 200), RULES))).toEqual(['2: BUILD -> PLANNED'])
  })
})

describe('the cascade', () => {
  const chain = (state: 'FAILED' | 'CANCELED') => {
    const event = eventOf([running(1), build(2, { depOnId: 1 }), build(3, { depOnId: 2 }), running(4)])
    const fact =
      state === 'FAILED' ? failedTask(1, 100) : ({ kind: 'task-canceled', buildId: 1, taskId: 100 } as const)
    return { event, outcome: transition(event, fact, ONE_TRY) }
  }

  it.each(['FAILED', 'CANCELED'] as const)(
    'makes all planned descendants %s, children before their parent',
    (state) => {
      const { event, outcome } = chain(state)
      expect(steps(outcome)).toEqual([
        `3: PLANNED -> ${state}`,
        `2: PLANNED -> ${state}`,
        `1: BUILD -> ${state}`,
      ])
      expect(reasonOf(outcome, 2)).toBe(DEPENDENCY)
      expect(reasonOf(outcome, 3)).toBe(DEPENDENCY)
      expect(written(event, outcome).builds[3]).toMatchObject({ state: 'BUILD', stateReason: null })
    },
  )

  it('does not change finished and running descendants', () => {
    const event = eventOf([
      running(1),
      build(2, { depOnId: 1, state: 'DONE' }),
      running(3, { depOnId: 1 }),
      build(4, { depOnId: 3 }),
      build(5, { depOnId: 2 }),
    ])
    expect(steps(transition(event, failedTask(1, 100), ONE_TRY))).toEqual(['1: BUILD -> FAILED'])
  })

  it('follows a chain of 20,000 builds without a stack overflow', () => {
    const builds = Array.from({ length: 20_000 }, (_, n) => build(n + 1, { depOnId: n === 0 ? null : n }))
    const fact = { kind: 'submission-refused', buildId: 1, reason: 'no' } as const
    const { changes } = transition(eventOf(builds), fact, RULES)
    expect(changes).toHaveLength(20_001)
    expect(changes[0]).toMatchObject({ id: 20_000 })
  })
})

describe('a task canceled in Koji', () => {
  it('cancels its build and lets the event end', () => {
    const event = eventOf([running(1), build(2, { state: 'DONE', taskId: 5 })])
    const outcome = transition(event, { kind: 'task-canceled', buildId: 1, taskId: 100 }, RULES)
    expect(steps(outcome)).toEqual(['1: BUILD -> CANCELED', 'event: BUILDING -> COMPLETE'])
    expect(reasonOf(outcome, 1)).toBe('Build canceled in external build system.')
  })
})
