/** Checks what becomes of events and builds that have not ended: an import starts nothing and leaves nothing open that no one follows. */
import { describe, expect, it } from 'vitest'
import { EVENT_STATES, EVENT_TYPES } from '../../../../src/domain/event.ts'
import type { BuildRow } from '../../../../src/domain/import/rows.ts'
import { isRunning, settleEndedBuild, settleRunning } from '../../../../src/domain/import/unfinished.ts'
import { BUILD_STATES, type BuildState } from '../../../../src/domain/rebuild/states.ts'
import { importedBuild, importedEvent } from '../../../support/database/imported-rows.ts'

const NOW = '2026-11-28T00:00:00.000Z'
const STATES = Object.keys(BUILD_STATES) as BuildState[] // the keys of the table
const HANDLED = { now: NOW, isHandled: true }
const LAST_WEEK = '2026-11-21T00:00:00.000001Z'
const settled = (over: Partial<BuildRow>, timeCreated: string | null = LAST_WEEK) =>
  settleRunning(importedEvent({ state: 'BUILDING', timeCreated }), [importedBuild(over)], HANDLED).builds[0]

it('only events that are INITIALIZED or BUILDING are running', () => {
  const running = Object.keys(EVENT_STATES).filter((state) =>
    isRunning({ state: state as keyof typeof EVENT_STATES }),
  )
  expect(running).toEqual(['INITIALIZED', 'BUILDING'])
})

describe('a build of an ended event', () => {
  it.each(STATES)('that is %s ends or stays as it is', (state) => {
    const build = importedBuild({ state, timeCompleted: null })
    const open = state === 'BUILD' || state === 'PLANNED'
    expect(settleEndedBuild(build, NOW)).toEqual(
      open
        ? {
            ...build,
            state: 'CANCELED',
            timeCompleted: NOW,
            stateReason: expect.stringContaining(`state ${state} when`),
          }
        : build,
    )
  })
})

describe('a build of a running event', () => {
  it.each(['DONE', 'FAILED', 'CANCELED'] as const)('that is %s stays as it is', (state) => {
    expect(settled({ state })).toEqual(importedBuild({ state }))
  })

  it('with a task is followed, with a note that its RPMs are not verified', () => {
    expect(settled({ state: 'BUILD', timeCompleted: null, retryCount: 1 })).toMatchObject({
      state: 'BUILD',
      timeCompleted: null,
      retryCount: 1,
      verificationNote: expect.stringContaining('not compared'),
    })
  })

  it.each(['2026-11-20T23:59:59.999Z', '2019-02-03T00:00:00Z', null])(
    'with a task in an event of %s, which Freshmaker followed no longer, is followed but has no further try',
    (timeCreated) => {
      expect(settled({ state: 'BUILD', timeCompleted: null }, timeCreated)).toMatchObject({
        state: 'BUILD',
        retryCount: 2,
        verificationNote: expect.stringContaining('not tried again'),
      })
    },
  )

  it.each([
    ['planned', { state: 'PLANNED' }],
    ['without a task', { state: 'BUILD', taskId: null }],
    ['with the number 0 for a task', { state: 'BUILD', taskId: 0 }],
    ['without an NVR to look for', { state: 'BUILD', rebuiltNvr: null }],
    ['without an original image', { state: 'BUILD', originalNvr: null }],
  ] as [string, Partial<BuildRow>][])('%s is FAILED and names how to build it', (_, over) => {
    expect(settled(over)).toMatchObject({
      state: 'FAILED',
      timeCompleted: NOW,
      stateReason: expect.stringContaining('freshwave retry 1 builds it'),
    })
  })
})

describe('a running event', () => {
  it('goes on with builds, whatever their states', () => {
    const { event } = settleRunning(importedEvent({ state: 'INITIALIZED' }), [importedBuild()], HANDLED)
    expect(event).toMatchObject({ state: 'BUILDING', timeDone: null })
  })

  it('without builds is FAILED and names how to start it', () => {
    const { event } = settleRunning(importedEvent({ id: 9, state: 'BUILDING', timeDone: null }), [], HANDLED)
    expect(event).toMatchObject({
      state: 'FAILED',
      timeDone: NOW,
      stateReason: expect.stringContaining('freshwave retry 9 starts it'),
    })
  })

  it('without builds that was to rebuild images by name has the reason that they have to be requested again', () => {
    const { event } = settleRunning(importedEvent({ state: 'INITIALIZED', eventTypeId: 14 }), [], HANDLED)
    expect(event.stateReason).toMatch(/does not store the branch with it\. Request these images again\.$/)
  })
})

describe('what nothing here rebuilds', () => {
  const unknown = { now: NOW, isHandled: false }
  const event = importedEvent({ eventTypeId: EVENT_TYPES.GitRPMSpecChangeEvent, state: 'BUILDING' })

  it('has that reason instead of a retry, which could not help', () => {
    expect(settleRunning(event, [], unknown).event.stateReason).toBe(
      'Freshmaker had not planned this event when it was imported, and nothing here rebuilds for events of type ' +
        'GitRPMSpecChangeEvent.',
    )
    const [build] = settleRunning(event, [importedBuild({ state: 'PLANNED' })], unknown).builds
    expect(build?.stateReason).toContain('nothing here rebuilds for events of type GitRPMSpecChangeEvent')
    expect(build?.stateReason).not.toContain('freshwave retry')
  })
})
