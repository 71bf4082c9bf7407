import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summarize } from '../../../src/db/queries/records/event-rows.ts'
import { presentFullEvent, presentMinEvent } from '../../../src/present/event.ts'
import { buildRecord, eventRecord } from '../../support/api/records.ts'

const COMMON = {
  id: 18730,
  message_id: 'message_123',
  search_key: '44637',
  event_type_id: 10,
  state: 3,
  state_name: 'FAILED',
  state_reason: 'All 4 container images failed to rebuild.',
  time_created: '2019-08-01T07:00:46Z',
  time_done: '2019-08-01T07:03:12Z',
  url: '/api/1/events/18730',
  dry_run: false,
  requester: null,
  requested_rebuilds: [],
  requester_metadata: {},
  depends_on_events: [],
  depending_events: [],
}

describe('an event as JSON', () => {
  it('has all its builds in the full form', () => {
    const event = { ...eventRecord(), builds: [buildRecord({ id: 1 }), buildRecord({ id: 2 })] }
    const { builds, ...rest } = presentFullEvent(event, '')
    expect(rest).toEqual(COMMON)
    expect(builds.map(({ id }) => id)).toEqual([1, 2])
  })

  it.each([
    ['{"b": 1, "a": {"d": 2, "c": 3}}', { a: { c: 3, d: 2 }, b: 1 }],
    ['["x", {"a": 1}]', ['x', { a: 1 }]],
    ['"release 7"', 'release 7'],
    ['7', 7],
    ['not valid JSON', {}],
    [null, {}],
  ])('shows requester_metadata stored as %s as it was sent', (requesterMetadata, shown) => {
    const event = { ...eventRecord({ requesterMetadata }), builds: [] }
    expect(presentFullEvent(event, '').requester_metadata).toEqual(shown)
  })

  it('has only the number of builds by state name in the short form', () => {
    const buildCounts = [
      { state: 2, count: 1 },
      { state: 0, count: 1 },
    ]
    const { builds_summary, ...rest } = presentMinEvent({ ...eventRecord(), buildCounts }, '')
    expect(rest).toEqual(COMMON)
    expect(builds_summary).toEqual({ BUILD: 1, FAILED: 1, total: 2 })
  })

  it('lists its keys alphabetically in both forms', () => {
    const full = Object.keys(presentFullEvent({ ...eventRecord(), builds: [] }, ''))
    const buildCounts = [4, 0, 3, 1, 2].map((state) => ({ state, count: 1 }))
    const min = presentMinEvent({ ...eventRecord(), buildCounts }, '')
    expect(full).toEqual(full.toSorted())
    expect(Object.keys(min)).toEqual(Object.keys(min).toSorted())
    expect(Object.keys(min.builds_summary)).toEqual(Object.keys(min.builds_summary).toSorted())
  })

  it('splits the requested rebuilds at single spaces and reads the metadata', () => {
    const requested = {
      requestedRebuilds: 'foo-1-1 bar-2-2',
      requesterMetadata: '{"ticket": 7}',
      requester: 'alice',
    }
    expect(presentFullEvent({ ...eventRecord(requested), builds: [] }, '')).toMatchObject({
      requested_rebuilds: ['foo-1-1', 'bar-2-2'],
      requester_metadata: { ticket: 7 },
      requester: 'alice',
    })
  })

  it('links to version 1 in both forms, with an absolute URL in messages', () => {
    const root = 'https://rebuilds.example.com/fresh'
    const url = 'https://rebuilds.example.com/fresh/api/1/events/18730'
    expect(presentFullEvent({ ...eventRecord(), builds: [] }, root).url).toBe(url)
    expect(presentMinEvent({ ...eventRecord(), buildCounts: [] }, root).url).toBe(url)
  })

  it('counts the same builds in the short form as the full form lists', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 })), (states) => {
        const event = { ...eventRecord(), builds: states.map((state, id) => buildRecord({ id, state })) }
        const summary = presentMinEvent(summarize(event), '').builds_summary
        const names = presentFullEvent(event, '').builds.map((build) => build.state_name)
        const counted = Object.entries(Object.groupBy(names, (name) => String(name)))
        expect(summary).toEqual({
          ...Object.fromEntries(counted.map(([name, builds]) => [name, builds?.length])),
          total: states.length,
        })
      }),
    )
  })
})
