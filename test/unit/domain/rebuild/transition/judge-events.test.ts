import { describe, expect, it } from 'vitest'
import { transition } from '../../../../../src/domain/rebuild/transition/state-machine.ts'
import {
  afterFacts,
  build,
  eventOf,
  RULES,
  reasonOf,
  running,
  steps,
} from '../../../../support/rebuild/event-facts.ts'

const DEPENDENCY = 'Cannot build artifact, because its dependency cannot be built.'
const RECORDED = {
  kind: 'plan-recorded',
  whenEmpty: "No container images to rebuild for advisory 'RHBA-2017'",
} as const

describe('a recorded plan', () => {
  it('starts the event and wakes exactly the builds without a pending parent', () => {
    const event = eventOf([build(1), build(2, { depOnId: 1 }), build(3), build(4, { state: 'FAILED' })], {
      state: 'INITIALIZED',
    })
    const outcome = transition(event, RECORDED, RULES)
    expect(outcome).toEqual({
      changes: [
        {
          target: 'event',
          from: 'INITIALIZED',
          to: 'BUILDING',
          reason: 'Advisory 123: Rebuilding 4 container images.',
        },
      ],
      wake: [1, 3],
      cancelTasks: [],
    })
  })

  it('wakes a build whose parent is already DONE', () => {
    const event = eventOf([build(1, { state: 'DONE' }), build(2, { depOnId: 1 })], { state: 'INITIALIZED' })
    expect(transition(event, RECORDED, RULES).wake).toEqual([2])
  })

  it('skips an event without builds, with the given reason', () => {
    const outcome = transition(eventOf([], { state: 'INITIALIZED' }), RECORDED, RULES)
    expect(steps(outcome)).toEqual(['event: INITIALIZED -> SKIPPED'])
    expect(reasonOf(outcome, 'event')).toBe("No container images to rebuild for advisory 'RHBA-2017'")
  })

  it('fails an event whose images all failed before anything was submitted', () => {
    const failed = build(1, { state: 'FAILED', stateReason: 'foo' })
    const outcome = transition(eventOf([failed], { state: 'INITIALIZED' }), RECORDED, RULES)
    expect(steps(outcome)).toEqual(['event: INITIALIZED -> FAILED'])
    expect(reasonOf(outcome, 'event')).toBe('No container images to rebuild, all are in failed state.')
  })

  it.each([
    [10, 'Advisory 123: Rebuilding 1 container images.'],
    [13, 'Advisory 123: Rebuilding 1 container images.'],
    [14, 'Rebuilding 1 container images.'],
    [15, 'Advisory 123: Rebuilding 1 bundle images.'],
    [16, 'Advisory 123: Rebuilding 1 bundle images.'],
    [17, 'Rebuilding 1 container images.'],
  ] as const)('gives an event of type %i the reason: %s', (type, text) => {
    const outcome = transition(eventOf([build(1)], { state: 'INITIALIZED', type }), RECORDED, RULES)
    expect(reasonOf(outcome, 'event')).toBe(text)
  })

  it.each([
    [14, 'No container images to rebuild, all are in failed state.'],
    [15, 'All bundle rebuilds failed'],
    [17, 'No container images to rebuild, all are in failed state.'],
  ] as const)('gives an event of type %i whose builds all failed the reason: %s', (type, text) => {
    const event = eventOf([build(1, { state: 'FAILED' })], { state: 'INITIALIZED', type })
    expect(reasonOf(transition(event, RECORDED, RULES), 'event')).toBe(text)
  })

  it('names the event that is resumed', () => {
    const outcome = transition(
      eventOf([build(1)], { state: 'INITIALIZED' }),
      { ...RECORDED, resumes: 7 },
      RULES,
    )
    expect(reasonOf(outcome, 'event')).toBe('Advisory 123: Rebuilding 1 container images. Resumes event 7.')
  })

  it('is ignored the second time', () => {
    const outcome = transition(eventOf([build(1)]), RECORDED, RULES)
    expect(outcome).toEqual({
      changes: [],
      wake: [],
      cancelTasks: [],
      ignored: 'The plan is already recorded: the event is BUILDING',
    })
  })
})

describe('completion', () => {
  const end = (...builds: ReturnType<typeof build>[]) =>
    transition(eventOf(builds), { kind: 'recheck' }, RULES)
  const done = (id: number) => build(id, { state: 'DONE', taskId: id })
  const failed = (id: number) => build(id, { state: 'FAILED', taskId: id })
  const canceled = (id: number) => build(id, { state: 'CANCELED', taskId: id })

  it('waits for every planned and running build', () => {
    for (const open of [build(9), running(9)]) {
      expect(end(done(1), failed(2), open)).toMatchObject({ changes: [], ignored: 'Nothing to change' })
    }
  })

  it.each([
    ['all done', [done(1), done(2)], 'COMPLETE', 'Advisory 123: All 2 container images have been rebuilt.'],
    [
      'some failed',
      [done(1), failed(2), done(3)],
      'COMPLETE',
      'Advisory 123: 1 of 3 container image(s) failed to rebuild.',
    ],
    [
      'all failed',
      [failed(1), failed(2)],
      'FAILED',
      'Advisory 123: All 2 container images failed to rebuild.',
    ],
    [
      'done and canceled',
      [done(1), canceled(2)],
      'COMPLETE',
      'Advisory 123: All 1 container images have been rebuilt.',
    ],
    [
      'failed and canceled',
      [failed(1), canceled(2)],
      'FAILED',
      'Advisory 123: All 1 container images failed to rebuild.',
    ],
    [
      'done, failed and canceled',
      [done(1), failed(2), canceled(3)],
      'COMPLETE',
      'Advisory 123: 1 of 2 container image(s) failed to rebuild.',
    ],
    ['all canceled', [canceled(1)], 'CANCELED', 'Advisory 123: All 1 container image builds were canceled.'],
  ] as const)('%s', (_, builds, to, reason) => {
    expect(end(...builds).changes).toEqual([{ target: 'event', from: 'BUILDING', to, reason }])
  })

  it('uses the text for failures before submission when no task was ever created', () => {
    const unsubmitted = build(1, { state: 'FAILED' })
    const outcome = end(unsubmitted, build(2, { state: 'FAILED' }))
    expect(reasonOf(outcome, 'event')).toBe('No container images to rebuild, all are in failed state.')
    expect(reasonOf(end(unsubmitted, failed(2)), 'event')).toBe(
      'Advisory 123: All 2 container images failed to rebuild.',
    )
  })

  it('includes the build that ends last', () => {
    const event = eventOf(
      [build(1, { state: 'DONE' }), build(2, { state: 'DONE' }), build(3, { state: 'FAILED' }), running(4)],
      { searchKey: '12345' },
    )
    const closed = { kind: 'task-closed', buildId: 4, taskId: 400, verification: { ok: true } } as const
    const outcome = transition(event, closed, RULES)
    expect(steps(outcome)).toEqual(['4: BUILD -> DONE', 'event: BUILDING -> COMPLETE'])
    expect(reasonOf(outcome, 'event')).toBe('Advisory 12345: 1 of 4 container image(s) failed to rebuild.')
  })

  it('happens once, and not before the plan is recorded', () => {
    for (const state of ['INITIALIZED', 'COMPLETE', 'CANCELED'] as const) {
      const outcome = transition(eventOf([done(1)], { state }), { kind: 'recheck' }, RULES)
      expect(outcome.changes).toEqual([])
    }
  })
})

describe('a failed compose', () => {
  it('fails only the planned builds that wait for it, with their descendants', () => {
    const event = eventOf([
      build(1, { composeIds: [8, 9] }),
      build(2, { depOnId: 1 }),
      build(3, { composeIds: [8] }),
      running(4, { composeIds: [9] }),
      build(5, { state: 'DONE', composeIds: [9] }),
    ])
    const outcome = transition(event, { kind: 'compose-failed', composeId: 9 }, RULES)
    expect(steps(outcome)).toEqual(['2: PLANNED -> FAILED', '1: PLANNED -> FAILED'])
    expect(reasonOf(outcome, 1)).toBe('ODCS compose 9 is in failed state.')
    expect(reasonOf(outcome, 2)).toBe(DEPENDENCY)
  })

  it('ends the event when no other build is open', () => {
    const event = eventOf([build(1, { composeIds: [9] }), build(2, { state: 'DONE', taskId: 5 })])
    const outcome = transition(event, { kind: 'compose-failed', composeId: 9 }, RULES)
    expect(steps(outcome)).toEqual(['1: PLANNED -> FAILED', 'event: BUILDING -> COMPLETE'])
  })

  it('is ignored when no build waits for it or the event has ended', () => {
    const fact = { kind: 'compose-failed', composeId: 9 } as const
    expect(transition(eventOf([build(1)]), fact, RULES).ignored).toBe('No planned build waits for compose 9')
    const ended = eventOf([build(1, { composeIds: [9] })], { state: 'CANCELED' })
    expect(transition(ended, fact, RULES)).toMatchObject({ changes: [], ignored: 'The event is CANCELED' })
  })
})

describe('skipping and failing a whole event', () => {
  it('skips an event that has not started', () => {
    const event = eventOf([], { state: 'INITIALIZED' })
    const fact = { kind: 'event-skipped', reason: 'not allowed' } as const
    expect(transition(event, fact, RULES).changes).toEqual([
      { target: 'event', from: 'INITIALIZED', to: 'SKIPPED', reason: 'not allowed' },
    ])
    expect(transition(afterFacts(event, fact), fact, RULES).ignored).toBe(
      'An event in state SKIPPED cannot become SKIPPED',
    )
  })

  it('does not skip an event that is BUILDING', () => {
    const fact = { kind: 'event-skipped', reason: 'late' } as const
    expect(transition(eventOf([build(1)]), fact, RULES).ignored).toContain('unfinished builds')
    const idle = eventOf([build(1, { state: 'DONE' })])
    expect(transition(idle, fact, RULES).ignored).toBe('An event in state BUILDING cannot become SKIPPED')
  })

  it('fails an event that has not started and all its unfinished builds with the same reason', () => {
    const builds = [build(1), build(2, { depOnId: 1 }), build(4, { state: 'DONE' })]
    const event = eventOf(builds, { state: 'INITIALIZED' })
    const reason = 'Handling of event failed with traceback: boom'
    const outcome = transition(event, { kind: 'event-failed', reason }, RULES)
    expect(steps(outcome)).toEqual([
      '2: PLANNED -> FAILED',
      '1: PLANNED -> FAILED',
      'event: INITIALIZED -> FAILED',
    ])
    expect(outcome.changes.every((change) => change.reason === reason)).toBe(true)
  })

  it('does not fail an event whose builds run', () => {
    const fact = { kind: 'event-failed', reason: 'late' } as const
    expect(transition(eventOf([running(1)]), fact, RULES).ignored).toBe('The event is already BUILDING')
  })
})
