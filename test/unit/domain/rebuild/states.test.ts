import { describe, expect, it } from 'vitest'
import {
  EVENT_STATES,
  EVENT_TYPES,
  type EventState,
  eventStateId,
  eventStateName,
  eventTypeId,
  eventTypeName,
} from '../../../../src/domain/event.ts'
import {
  artifactTypeId,
  artifactTypeName,
  BUILD_STATES,
  BUILD_TRANSITIONS,
  type BuildState,
  buildStateId,
  buildStateName,
  eventMayBecome,
  isTerminalBuildState,
  isTerminalEventState,
  rebuildReasonId,
  rebuildReasonName,
} from '../../../../src/domain/rebuild/states.ts'

describe('ids that clients know', () => {
  it('include all 19 event types, numbered without gaps', () => {
    expect(Object.values(EVENT_TYPES)).toEqual(Array.from({ length: 19 }, (_, id) => id))
    expect(eventTypeName(8)).toBe('ErrataRPMAdvisoryShippedEvent')
    expect(eventTypeId('ErrataAdvisoryStateChangedEvent')).toBe(10)
    expect(eventTypeName(18)).toBe('FlatpakApplicationManualBuildEvent')
  })

  it('stay the same for states, artifact types and reasons', () => {
    const inOrder = ['INITIALIZED', 'BUILDING', 'COMPLETE', 'FAILED', 'SKIPPED', 'CANCELED']
    expect(inOrder.map((_, id) => eventStateName(id))).toEqual(inOrder)
    expect(['BUILD', 'DONE', 'FAILED', 'CANCELED', 'PLANNED'].map((_, id) => buildStateName(id))).toEqual([
      'BUILD',
      'DONE',
      'FAILED',
      'CANCELED',
      'PLANNED',
    ])
    expect([0, 1, 2, 3].map((id) => artifactTypeName(id))).toEqual([
      'RPM',
      'IMAGE',
      'MODULE',
      'IMAGE_REPOSITORY',
    ])
    expect([0, 1, 2].map((id) => rebuildReasonName(id))).toEqual([
      'unknown',
      'directly_affected',
      'dependency',
    ])
  })

  it('can be found by name', () => {
    expect(eventStateId('CANCELED')).toBe(5)
    expect(buildStateId('PLANNED')).toBe(4)
    expect(artifactTypeId('IMAGE')).toBe(1)
    expect(rebuildReasonId('dependency')).toBe(2)
  })

  it('have no name when they are unknown', () => {
    expect(eventTypeName(99999)).toBeUndefined()
    expect(buildStateName(-1)).toBeUndefined()
    expect(eventStateName(1.5)).toBeUndefined()
  })
})

describe('transitions', () => {
  const eventStates = Object.keys(EVENT_STATES) as EventState[] // the keys of the table are the states
  const buildStates = Object.keys(BUILD_STATES) as BuildState[]

  it('end in the terminal states', () => {
    expect(eventStates.filter(isTerminalEventState)).toEqual(['COMPLETE', 'FAILED', 'SKIPPED', 'CANCELED'])
    expect(buildStates.filter(isTerminalBuildState)).toEqual(['DONE', 'FAILED', 'CANCELED'])
  })

  it('are exactly those of the design', () => {
    const eventArrows = eventStates.flatMap((from) =>
      eventStates.filter((to) => eventMayBecome(from, to)).map((to) => `${from} ${to}`),
    )
    expect(eventArrows.sort()).toEqual(
      [
        'BUILDING CANCELED',
        'BUILDING COMPLETE',
        'BUILDING FAILED',
        'INITIALIZED BUILDING',
        'INITIALIZED CANCELED',
        'INITIALIZED FAILED',
        'INITIALIZED SKIPPED',
      ].sort(),
    )
    const buildArrows = buildStates.flatMap((from) => BUILD_TRANSITIONS[from].map((to) => `${from} ${to}`))
    expect(buildArrows.sort()).toEqual(
      [
        'BUILD CANCELED',
        'BUILD DONE',
        'BUILD FAILED',
        'BUILD PLANNED',
        'PLANNED BUILD',
        'PLANNED CANCELED',
        'PLANNED FAILED',
      ].sort(),
    )
  })
})
