import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EventDependency } from '../../../../src/db/entities/event.ts'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../../support/api/api.ts'

let api: TestApi
/** Ids by the names that the tests use. */
const ids: Record<string, number> = {}

beforeAll(async () => {
  api = await startApi()
  const { db } = api.ctx
  ids.skipped = await storeEvent(db, { messageId: 'c', searchKey: '100', state: 4 })
  ids.manual = await storeEvent(db, {
    messageId: 'a',
    searchKey: '200',
    eventTypeId: 13,
    state: 2,
    requester: 'alice',
    requestedRebuilds: 'foo-1-1 bar-2-2',
    requesterMetadata: '{"b": 1, "a": 2}',
    dryRun: true,
  })
  ids.async = await storeEvent(db, { messageId: 'b', searchKey: '200', eventTypeId: 14, requester: 'bob' })
  const em = db.orm.em.fork()
  em.create(EventDependency, { event: ids.async, eventDependency: ids.manual })
  em.create(EventDependency, { event: ids.async, eventDependency: ids.skipped })
  await em.flush()
})
afterAll(() => api.drop())

async function namesFor(query: string): Promise<string[]> {
  const { items, meta } = await api.json(`/api/2/events/?${query}`)
  expect(meta.total).toBe(items.length)
  return items.map(({ id }: { id: number }) => Object.keys(ids).find((name) => ids[name] === id))
}

describe('events', () => {
  it.each([
    ['message_id=a', ['manual']],
    ['message_id=a&message_id=b', ['async', 'manual']],
    ['search_key=200', ['async', 'manual']],
    ['search_key=100&search_key=200', ['async', 'manual', 'skipped']],
    ['event_type_id=13', ['manual']],
    ['event_type_id=13&event_type_id=10', ['manual', 'skipped']],
    ['event_type_id=-1', []],
    ['requester=alice', ['manual']],
    ['requester=alice&requester=bob', ['async', 'manual']],
    ['requester=', []],
    ['state=4', ['skipped']],
    ['state=SKIPPED', ['skipped']],
    ['state=Complete&state=0', ['async', 'manual']],
    ['state=99', []],
    ['state=99999999999999999999', []],
    ['search_key=200&state=complete&requester=alice', ['manual']],
    ['search_key=200&state=skipped', []],
    ['nonsense=1', ['async', 'manual', 'skipped']],
    ['id=1', ['async', 'manual', 'skipped']],
    ['order_by=message_id', ['manual', 'async', 'skipped']],
    ['order_by=-message_id', ['skipped', 'async', 'manual']],
    ['order_by=id', ['skipped', 'manual', 'async']],
  ])('are found by %s', async (query, names) => {
    expect(await namesFor(query)).toEqual(names)
  })

  it.each([
    ['event_type_id=abc', 'Invalid event_type_id was supplied: abc'],
    ['event_type_id=', 'Invalid event_type_id was supplied: '],
    ['event_type_id=10&event_type_id=1.5', 'Invalid event_type_id was supplied: 1.5'],
    ['state=', 'Invalid state was supplied: '],
    ['state=-1', 'Invalid state was supplied: -1'],
    ['state=complete&state=toString', 'Invalid state was supplied: toString'],
    ['order_by=foo', "An invalid order_by key was suplied, allowed keys are: ['id', 'message_id']"],
    ['order_by=', "An invalid order_by key was suplied, allowed keys are: ['id', 'message_id']"],
    ['order_by=-', "An invalid order_by key was suplied, allowed keys are: ['id', 'message_id']"],
    ['order_by=--id', "An invalid order_by key was suplied, allowed keys are: ['id', 'message_id']"],
  ])('are not searched with the invalid argument %s', async (query, message) => {
    expect(await api.json(`/api/1/events/?${query}`, 400)).toEqual({
      error: 'Bad Request',
      message,
      status: 400,
    })
  })

  it('are shown with the request and with the events they depend on', async () => {
    expect(await api.json(`/api/1/events/${ids.manual}`)).toMatchObject({
      requester: 'alice',
      requested_rebuilds: ['foo-1-1', 'bar-2-2'],
      requester_metadata: { a: 2, b: 1 },
      dry_run: true,
      depends_on_events: [],
      depending_events: [ids.async],
    })
    expect((await api.json(`/api/1/events/${ids.async}`)).depends_on_events).toEqual([
      ids.manual,
      ids.skipped,
    ])
  })

  it('are identical in lists and on their own', async () => {
    await storeBuild(api.ctx.db, { event: ids.manual, buildArgs: '{"target": "t"}' })
    for (const version of [1, 2]) {
      const { items } = await api.json(`/api/${version}/events/?message_id=a`)
      expect(items).toEqual([await api.json(`/api/${version}/events/${ids.manual}`)])
    }
  })

  it.each([
    ['/api/1/events/', '', true],
    ['/api/2/events/', '', false],
    ['/api/1/events/', '?show_full_json=False', false],
    ['/api/2/events/', '?show_full_json=True', true],
    ['/api/1/events/', '?show_full_json=false', true],
    ['/api/2/events/', '?show_full_json=1', false],
    ['/api/1/events/', '?show_full_json=False&show_full_json=False', true],
  ])('at %s%s have the full form: %s', async (path, query, full) => {
    const { items } = await api.json(`${path}${query}`)
    expect(items).not.toEqual([])
    for (const item of items) {
      expect('builds' in item).toBe(full)
      expect('builds_summary' in item).toBe(!full)
    }
  })

  it.each([
    '/api/1/events/',
    '/api/2/events/',
    '/api/2/events/?show_full_json=True',
    '/api/2/events/?cursor=',
  ])('at %s have their keys in alphabetical order, and those of the page too', async (path) => {
    const text = await (await api.request(path)).text()
    const { items, meta } = JSON.parse(text)
    for (const keys of [...items, meta].map(Object.keys)) expect(keys).toEqual(keys.toSorted())
    expect(text).toContain('"requester_metadata":{"a":2,"b":1}')
  })

  it('have the same fields in version 2 as in version 1', async () => {
    const [item, inVersion2] = await Promise.all(
      ['/api/1', '/api/2'].map((root) => api.json(`${root}/events/${ids.manual}?show_full_json=False`)),
    )
    expect(inVersion2).toEqual(item)
  })

  it.each(['999999', '0', '2147483648', '9'.repeat(40)])(
    'are not found under the unknown id %s',
    async (id) => {
      const body = { error: 'Not Found', message: 'No such event found.', status: 404 }
      expect(await api.json(`/api/1/events/${id}`, 404)).toEqual(body)
    },
  )
})
