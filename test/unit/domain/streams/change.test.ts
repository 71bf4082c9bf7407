import { describe, expect, it } from 'vitest'
import {
  advisoryGroup,
  decisionGroup,
  EVERY_EVENT,
  eventGroup,
  filterOfDecision,
  filterOfEvents,
  isFor,
  type StreamChange,
} from '../../../../src/domain/streams/change.ts'

const build = (
  event: number,
  advisory: string,
  kind: StreamChange['kind'] = 'build.state.changed',
): StreamChange => ({
  position: 1,
  kind,
  groups: [EVERY_EVENT, eventGroup(event), advisoryGroup(advisory)],
  frame: new Uint8Array(),
})
const ALL = { events: [], advisories: [], kinds: [] }

describe('a filter of events', () => {
  it('without restrictions passes everything', () => {
    expect(filterOfEvents(ALL).groups).toEqual([EVERY_EVENT])
    expect(isFor(filterOfEvents(ALL), build(1, '12'))).toBe(true)
  })

  it('passes any of several events, and waits under each of them', () => {
    const filter = filterOfEvents({ ...ALL, events: [1, 2] })
    expect(filter.groups).toEqual([eventGroup(1), eventGroup(2)])
    expect([build(1, 'x'), build(2, 'x'), build(3, 'x')].map((change) => isFor(filter, change))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('needs event, advisory and kind at once', () => {
    const filter = filterOfEvents({ events: [1], advisories: ['12'], kinds: ['build.state.changed'] })
    expect(isFor(filter, build(1, '12'))).toBe(true)
    expect(isFor(filter, build(1, '13'))).toBe(false)
    expect(isFor(filter, build(2, '12'))).toBe(false)
    expect(isFor(filter, build(1, '12', 'event.state.changed'))).toBe(false)
  })

  it('of an advisory alone waits under it', () => {
    const filter = filterOfEvents({ ...ALL, advisories: ['12'] })
    expect([filter.groups, isFor(filter, build(7, '12')), isFor(filter, build(7, '1'))]).toEqual([
      [advisoryGroup('12')],
      true,
      false,
    ])
  })
})

describe('a filter of a decision', () => {
  it('passes changes whose four fields are equal', () => {
    const key = { subjectType: 'a', subjectIdentifier: 'b', decisionContext: 'c', productVersion: 'd' }
    const changed = (of: typeof key): StreamChange => ({
      position: 1,
      kind: 'decision.update',
      groups: [decisionGroup(of)],
      frame: new Uint8Array(),
    })
    const filter = filterOfDecision(key)
    expect(isFor(filter, changed(key))).toBe(true)
    for (const name of Object.keys(key)) expect(isFor(filter, changed({ ...key, [name]: 'x' }))).toBe(false)
    expect(isFor(filter, changed({ ...key, subjectType: 'a","b', subjectIdentifier: '' }))).toBe(false)
  })
})
