/** `POST /builds/` and `POST /async-builds/` in both versions: the event they open, once however often it is requested. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startLab } from '../../../../lab/start.ts'
import { OutboxMessage } from '../../../../src/db/entities/index.ts'
import { EVENT_TYPES } from '../../../../src/domain/event.ts'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const ADVISORY = 133001
let lab: Awaited<ReturnType<typeof startLab>>
let api: TestApi

beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
})
afterAll(() => lab.stop())
beforeEach(async () => {
  api = await startApi(lab.urls, 'request_attempts: 1\nrequests_timeout: 20')
})
afterEach(async () => {
  vi.useRealTimers()
  lab.world.faults.length = 0
  await api.drop()
})

const post = (path: string, body: unknown, status = 200, headers: Record<string, string> = {}) =>
  api.json(path, status, { method: 'POST', body: JSON.stringify(body), headers })
const published = async () => {
  const rows = await api.ctx.db.fork().find(OutboxMessage, {}, { orderBy: { id: 1 } })
  return rows.map(({ topic, payload, event }) => ({ topic, payload, event }))
}
const events = async () => (await api.json('/api/2/events/')).meta.total as number

describe.each([1, 2])('POST /api/%i/builds/', (version) => {
  const path = `/api/${version}/builds/`

  it('opens an event, publishes the request and starts discovery', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 123_000 })
    const event = await post(path, { errata_id: ADVISORY, requester: 'root', metadata: ['a'], other: 1 })
    expect(event).toMatchObject({
      builds: [],
      depends_on_events: [],
      dry_run: false,
      event_type_id: 13,
      message_id: 'manual_rebuild_123',
      requested_rebuilds: [],
      requester: 'root',
      search_key: String(ADVISORY),
      state: 0,
      state_name: 'INITIALIZED',
      state_reason: null,
      url: `/api/1/events/${event.id}`,
    })
    expect(await published()).toEqual([
      {
        topic: 'manual.rebuild',
        event: event.id,
        payload: {
          errata_id: ADVISORY,
          metadata: ['a'],
          msg_id: 'manual_rebuild_123',
          other: 1,
          requester: 'root',
        },
      },
    ])
    expect(await api.ctx.queues.byName.discover.getJob(`discover-${event.id}`)).toBeDefined()
    expect(await api.ctx.queues.byName.publish.count()).toBe(1)
  })

  it('reuses what an event has built, and takes the advisory from it', async () => {
    const earlier = await storeEvent(api.ctx.db, { searchKey: String(ADVISORY), state: 2 })
    const event = await post(path, { freshmaker_event_id: earlier, container_images: ['a-1-1', 'b-1-1'] })
    expect(event).toMatchObject({
      depends_on_events: [earlier],
      requested_rebuilds: ['a-1-1', 'b-1-1'],
      search_key: String(ADVISORY),
    })
    expect(await published()).toMatchObject([
      { payload: { errata_id: ADVISORY, freshmaker_event_id: earlier } },
    ])
  })

  it('is refused while an event of the advisory is running, unless it is forced', async () => {
    const running = await storeEvent(api.ctx.db, { searchKey: String(ADVISORY), state: 1 })
    const waiting = await storeEvent(api.ctx.db, { searchKey: String(ADVISORY), state: 0 })
    expect(await post(path, { errata_id: ADVISORY }, 400)).toEqual({
      error: 'Bad Request',
      message: `Events triggered by advisory ${ADVISORY} are running: [${running}, ${waiting}]. If you want to rebuild it anyway, use "force": true option.`,
      status: 400,
    })
    await post(path, { errata_id: ADVISORY, force: true })
    expect(await events()).toBe(3)
  })

  it('is refused in this way before the Errata Tool is queried, which may not answer or not know the advisory (A15)', async () => {
    const running = await storeEvent(api.ctx.db, { searchKey: '103', state: 0 })
    const request = { errata_id: 103, freshmaker_event_id: running }
    const message = `Events triggered by advisory 103 are running: [${running}]. If you want to rebuild it anyway, use "force": true option.`
    expect(await post(path, request, 400)).toMatchObject({ message })
    expect(await post(path, { ...request, force: true }, 400)).toMatchObject({
      message: 'The Errata Tool does not know advisory 103.',
    })
  })

  it.each([
    ['{"errata_id":', 'The request body is not valid JSON: Unexpected end of JSON input'],
    ['[]', 'The request body must be a JSON object.'],
    ['{"errata_id":"123"}', '"errata_id" must be an integer.'],
    ['{"errata_id":1e300}', '"errata_id" must be an integer.'],
    ['{"errata_id":1,"freshmaker_event_id":99999999999}', 'The provided "freshmaker_event_id" is invalid.'],
    ['{"errata_id":-5}', 'The Errata Tool does not know advisory -5.'],
    ['{"errata_id":42}', 'The Errata Tool does not know advisory 42.'],
    [
      '{"__proto__":{"errata_id":1}}',
      'You must at least provide "errata_id" or "freshmaker_event_id" in the request.',
    ],
  ])('refuses %s', async (body, message) => {
    const refused = await api.json(path, 400, { method: 'POST', body })
    expect(refused).toEqual({ error: 'Bad Request', message, status: 400 })
    expect(await events()).toBe(0)
    expect(await published()).toEqual([])
  })

  it('reports an Errata Tool that fails, and stores nothing', async () => {
    lab.world.faults.push({ service: 'errata', kind: 'status', status: 503 })
    expect(await post(path, { errata_id: ADVISORY }, 502)).toMatchObject({
      error: 'Bad Gateway',
      message: expect.stringContaining('errata: '),
    })
    expect(await events()).toBe(0)
  })

  it('opens a single event for two operators who request the same at the same time', async () => {
    const requests = Array.from({ length: 8 }, () => api.request(path, requestOf({ errata_id: ADVISORY })))
    const statuses = (await Promise.all(requests)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(7)
    expect(await events()).toBe(1)
  })

  it('opens events with different message ids within one millisecond', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 123_000 })
    const body = { errata_id: ADVISORY, force: true }
    const opened = await Promise.all([post(path, body), post(path, body), post(path, body)])
    expect(new Set(opened.map(({ message_id }) => message_id))).toEqual(
      new Set(['manual_rebuild_123', 'manual_rebuild_123.001', 'manual_rebuild_123.002']),
    )
  })
})

describe('an Idempotency-Key', () => {
  const path = '/api/1/builds/'
  const key = { 'idempotency-key': 'release-42' }

  it('makes a repeat answer with the first event, also at the same time', async () => {
    const repeats = Array.from({ length: 5 }, () =>
      post(path, { errata_id: ADVISORY, force: true }, 200, key),
    )
    const ids = new Set((await Promise.all(repeats)).map(({ id }) => id))
    expect(ids.size).toBe(1)
    expect(await published()).toHaveLength(1)
    await post(path, { errata_id: ADVISORY, force: true }, 200, { 'idempotency-key': 'release-43' })
    expect(await events()).toBe(2)
  })

  it('is refused with another body or another kind of request', async () => {
    await post(path, { errata_id: ADVISORY }, 200, key)
    const text = 'This Idempotency-Key was used for a request with another body.'
    expect(await post(path, { errata_id: ADVISORY, force: true }, 422, key)).toMatchObject({
      error: 'Unprocessable Entity',
      message: text,
    })
    await post('/api/2/async-builds/', { errata_id: ADVISORY }, 422, key)
  })

  it('is free again after a day, and belongs to one requester', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01') })
    const body = { errata_id: ADVISORY, force: true }
    const { id } = await post(path, body, 200, key)
    expect(await post(path, { ...body, requester: 'other' }, 200, key)).not.toMatchObject({ id })
    vi.setSystemTime(Date.parse('2026-01-02T00:00:01'))
    expect(await post(path, body, 200, key)).not.toMatchObject({ id })
  })

  it.each([[''], ['x'.repeat(256)]])('of the wrong length is refused', async (wrong) => {
    const refused = await post(path, { errata_id: ADVISORY }, 400, { 'idempotency-key': wrong })
    expect(refused.message).toBe('The Idempotency-Key must have 1 to 255 characters.')
  })
})

describe.each([1, 2])('POST /api/%i/async-builds/', (version) => {
  const path = `/api/${version}/async-builds/`

  it('A16: opens an event with completed names, although others are running', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 123_000 })
    const body = { dist_git_branch: 'master', container_images: ['foo-1-1', 'bar-1-1'], brew_target: 'b' }
    const event = await post(path, body)
    expect(event).toMatchObject({
      event_type_id: EVENT_TYPES.FreshmakerAsyncManualBuildEvent,
      message_id: 'async_build_123',
      search_key: 'async_build_123',
      requested_rebuilds: ['foo-1-1-container', 'bar-1-1-container'],
      requester: null,
    })
    expect(await published()).toMatchObject([
      {
        topic: 'async.manual.build',
        payload: {
          ...body,
          container_images: ['foo-1-1-container', 'bar-1-1-container'],
          msg_id: 'async_build_123',
          requester: null,
        },
      },
    ])
    await post(path, body)
    const [stored] = await api.ctx.db
      .fork()
      .execute('select dist_git_branch, brew_target from events where id = ?', [event.id])
    expect(stored).toEqual({ dist_git_branch: 'master', brew_target: 'b' })
  })
})

it('a collection without its slash leads to it with the method and body', async () => {
  const response = await api.request('/api/1/async-builds', { method: 'POST', body: '{}' })
  expect([response.status, response.headers.get('location')]).toEqual([308, '/api/1/async-builds/'])
})

function requestOf(body: unknown) {
  return { method: 'POST', body: JSON.stringify(body) }
}
