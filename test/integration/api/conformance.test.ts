/** The cases A1 to A10 of behaviour/freshmaker 13. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

describe('A1: a module build', () => {
  it('is shown with its task, its arguments and an unknown reason', async () => {
    const { db } = api.ctx
    const event = await storeEvent(db)
    const buildArgs = '{"key": "value"}'
    const id = await storeBuild(db, { name: 'ed', type: 2, state: 0, buildId: 1234, event, buildArgs })
    expect(await api.json(`/api/1/builds/${id}`)).toMatchObject({
      type: 2,
      state: 0,
      build_id: 1234,
      event_id: event,
      build_args: { key: 'value' },
      rebuild_reason: 'unknown',
    })
  })
})

describe('A2: builds', () => {
  let sorting: TestApi
  beforeAll(async () => {
    sorting = await startApi()
    const tasks = { 1: 1234, 2: 1235, 3: 1236, 8: 1238, 9: 1237 }
    for (const [id, buildId] of Object.entries(tasks))
      await storeBuild(sorting.ctx.db, { id: Number(id), buildId })
  })
  afterAll(() => sorting.drop())

  it.each([
    ['', [9, 8, 3, 2, 1]],
    ['?order_by=id', [1, 2, 3, 8, 9]],
    ['?order_by=-build_id', [8, 9, 3, 2, 1]],
  ])('are sorted for "%s" as %j', async (query, ids) => {
    const { items } = await sorting.json(`/api/1/builds/${query}`)
    expect(items.map(({ id }: { id: number }) => id)).toEqual(ids)
  })
})

describe('A3: an unknown sort key', () => {
  it('is a bad request whose message lists the known keys', async () => {
    const { error, message } = await api.json('/api/1/builds/?order_by=-foo', 400)
    expect(await api.json('/api/2/builds/?order_by=', 400)).toEqual({ status: 400, error, message })
    expect(error).toBe('Bad Request')
    expect(message).toBe(
      "An invalid order_by key was suplied, allowed keys are: ['id', 'name', 'event_id', 'dep_on_id', " +
        "'build_id', 'original_nvr', 'rebuilt_nvr']",
    )
  })
})

describe('A4: type and state of builds', () => {
  it('are bad requests when they do not exist', async () => {
    expect((await api.json('/api/1/builds/?type=100', 400)).message).toBe(
      'An invalid artifact type was supplied',
    )
    expect((await api.json('/api/1/builds/?state=100', 400)).message).toBe('An invalid state was supplied')
  })

  it('may be given by name or by number', async () => {
    const [byName, byId] = await Promise.all([
      api.json('/api/1/builds/?type=module'),
      api.json('/api/1/builds/?type=2'),
    ])
    expect(byName.items).toHaveLength(1)
    expect(byName.items).toEqual(byId.items)
  })
})

describe('A5: states of events', () => {
  it('are a bad request when a state does not exist', async () => {
    const { message } = await api.json('/api/1/events/?state=invalid', 400)
    expect(message).toBe('Invalid state was supplied: invalid')
  })

  it('may be repeated: events in any of the states match', async () => {
    const building = await storeEvent(api.ctx.db, { state: 1 })
    const complete = await storeEvent(api.ctx.db, { state: 2 })
    const { items } = await api.json('/api/1/events/?state=building&state=complete')
    expect(items.map(({ id }: { id: number }) => id)).toEqual([complete, building])
  })
})

describe('A6: pages', () => {
  it('link to each other with all requested arguments', async () => {
    const event = await storeEvent(api.ctx.db)
    for (let n = 0; n < 3; n++) await storeBuild(api.ctx.db, { name: 'paged', event })
    const { items, meta } = await api.json('/api/1/builds/?name=paged&per_page=1&page=2')
    expect(items).toHaveLength(1)
    for (const link of [meta.first, meta.last, meta.prev, meta.next]) {
      expect(link).toContain('name=paged')
      expect(link).toContain('per_page=1')
    }
  })

  it('have no previous and no next link when there is only one', async () => {
    const { meta } = await api.json('/api/1/builds/?name=paged')
    expect(meta).toMatchObject({ page: 1, pages: 1, total: 3, prev: null, next: null })
  })
})

describe('A7: an event', () => {
  it('has its builds in version 1, but not in version 2', async () => {
    const id = await storeEvent(api.ctx.db)
    for (let n = 0; n < 3; n++) await storeBuild(api.ctx.db, { event: id })
    expect((await api.json(`/api/1/events/${id}`)).builds).toHaveLength(3)
    expect(await api.json(`/api/2/events/${id}`)).not.toHaveProperty('builds')
    expect(await api.json(`/api/1/events/${id}?show_full_json=False`)).not.toHaveProperty('builds')
    expect((await api.json(`/api/2/events/${id}?show_full_json=True`)).builds).toHaveLength(3)
  })
})

describe('A8: the short form of an event', () => {
  it('counts its builds by state', async () => {
    const id = await storeEvent(api.ctx.db, { timeCreated: new Date('2017-08-21T13:42:20Z') })
    await storeBuild(api.ctx.db, { event: id, state: 2 })
    await storeBuild(api.ctx.db, { event: id, state: 0 })
    expect(await api.json(`/api/2/events/${id}`)).toMatchObject({
      builds_summary: { BUILD: 1, FAILED: 1, total: 2 },
      time_created: '2017-08-21T13:42:20Z',
      depends_on_events: [],
    })
  })
})

describe('A9: the time an event was done', () => {
  it('is shown in UTC without fractions of a second', async () => {
    const id = await storeEvent(api.ctx.db, { state: 2, timeDone: new Date('2099-08-21T13:42:20.987Z') })
    expect((await api.json(`/api/1/events/${id}`)).time_done).toBe('2099-08-21T13:42:20Z')
  })
})

describe('A10: names of ids', () => {
  it.each([
    ['event-types', 'No such event type found.'],
    ['build-types', 'No such build type found.'],
    ['build-states', 'No such build state found.'],
  ])('of %s are not found for unknown ids', async (path, message) => {
    for (const id of ['99999', '9'.repeat(30)])
      expect(await api.json(`/api/1/${path}/${id}`, 404)).toEqual({
        error: 'Not Found',
        message,
        status: 404,
      })
  })
})
