import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
  const event = await storeEvent(api.ctx.db)
  await storeBuild(api.ctx.db, { event })
})
afterAll(() => api.drop())

const NAMES = [
  ...[
    'page',
    'per_page',
    'order_by',
    'id',
    'show_full_json',
    '_',
    'endpoint',
    '__proto__',
    'constructor',
    '',
  ],
  ...[
    'message_id',
    'search_key',
    'event_type_id',
    'requester',
    'state',
    'type',
    'name',
    'event_id',
    'dep_on_id',
  ],
  ...['build_id', 'original_nvr', 'rebuilt_nvr', 'event_search_key'],
]
const value = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '-1',
    '2147483647',
    '2147483648',
    '9'.repeat(30),
    '1e9',
    '٣',
    'True',
    'done',
    '-id',
  ),
  fc.constantFrom(
    "'",
    "\\'",
    '\\',
    '\0',
    'a\0b',
    '?',
    '??',
    '%',
    '$1',
    ');--',
    "' or 1=1 --",
    '\ud800',
    '💥',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer().map(String),
)
const path = fc.constantFrom(
  ...[
    '/api/1/events/',
    '/api/2/events/',
    '/api/1/builds/',
    '/api/2/builds/',
    '/api/1/events/1',
    '/api/1/builds',
  ],
)
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 })
const escaped = (text: string) => encodeURIComponent(text.toWellFormed())

describe('any request', () => {
  it('is answered, rejected or not found, but never fails', async () => {
    const queries = pairs.map((list) =>
      list.map(([name, text]) => `${escaped(name)}=${escaped(text)}`).join('&'),
    )
    await fc.assert(
      fc.asyncProperty(path, queries, async (list, query) => {
        const response = await api.request(`${list}?${query}`)
        expect([200, 308, 400, 404]).toContain(response.status)
        if (response.status !== 308) await response.json()
      }),
      { numRuns: 600 },
    )
  })

  it('may have invalid escapes', async () => {
    for (const query of [
      'name=%',
      'name=%FF',
      'name=%ED%A0%80',
      '%=1',
      'name',
      '&&&=&',
      'page=%31',
      'a=%00',
      'name=%00',
    ])
      expect((await api.request(`/api/1/builds/?${query}`)).status).toBe(200)
  })

  it('may have numbers that no column can hold', async () => {
    const huge = '9'.repeat(400)
    for (const query of ['state', 'event_type_id', 'page', 'per_page'])
      await api.json(`/api/1/events/?${query}=${huge}`)
    for (const query of ['event_id', 'dep_on_id', 'build_id', 'event_type_id'])
      expect((await api.json(`/api/1/builds/?${query}=-${huge}`)).items).toEqual([])
    for (const list of ['events', 'builds', 'event-types', 'pullspec_overrides'])
      expect((await api.json(`/api/1/${list}/${huge}`, 404)).message).toMatch(/^No such/)
  })

  it('is never interpreted as SQL', async () => {
    const name = `o'hara\\'; ? drop table "events"; -- $1`
    const id = await storeBuild(api.ctx.db, { name })
    const { items } = await api.json(`/api/1/builds/?name=${encodeURIComponent(name)}`)
    expect(items.map((build: { id: number }) => build.id)).toEqual([id])
  })

  it('may have any path', async () => {
    const paths = fc.array(
      fc.oneof(value, fc.constantFrom('api', '1', '2', 'events', 'builds', 'docs', '..', '')),
    )
    await fc.assert(
      fc.asyncProperty(paths, async (parts) => {
        const response = await api.request(`/${parts.map(escaped).join('/')}`)
        expect([200, 308, 403, 404, 405]).toContain(response.status)
      }),
      { numRuns: 200 },
    )
  })
})
