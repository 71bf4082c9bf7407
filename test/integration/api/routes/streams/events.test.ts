/** `GET /api/2/stream` over a socket (behaviour/streams 1, 2). */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startWeb, type Web } from '../../../../../src/api/server.ts'
import { insertOutboxRows } from '../../../../../src/db/queries/messages/outbox.ts'
import { deleteOldPositions } from '../../../../../src/db/queries/messages/positions.ts'
import { storeEvent } from '../../../../support/api/api.ts'
import { type EventSource, openEventSource } from '../../../../support/api/event-source.ts'
import { writeBuildChanges } from '../../../../support/bus/outbox-rows.ts'
import { createTestContext, type TestContext } from '../../../../support/context.ts'
import { eventually } from '../../../../support/eventually.ts'

let ctx: TestContext
let web: Web
let eventId: number
beforeAll(async () => {
  ctx = await createTestContext({ PORT: '0' })
  web = await startWeb(ctx)
})
afterAll(async () => {
  await web.stop()
  await ctx.drop()
})
beforeEach(async () => {
  eventId = await storeEvent(ctx.db)
})

async function open(query = '', lastEventId?: string): Promise<EventSource> {
  const source = await openEventSource(`${web.url}/api/2/stream${query}`, lastEventId)
  onTestFinished(() => source.destroy())
  await eventually(source.lastId, Boolean)
  return source
}
const write = (event: number, ...numbers: number[]) =>
  ctx.db.transaction((em) => writeBuildChanges(em, event, numbers))
const ids = ({ events }: EventSource) => events.map(({ data }) => data.id)
const openStreams = async () => {
  const text = await (await fetch(`${web.url}/metrics`)).text()
  return Number(/^freshwave_open_streams\{kind="events"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

describe('the stream of events and builds', () => {
  it('reports changes as they happen, with the body of their message and rising ids', async () => {
    const source = await open()
    expect(source.status).toBe(200)
    expect(source.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    await write(eventId, 1, 2)
    const [first, second] = await source.count(2)
    expect(first).toMatchObject({ event: 'build.state.changed', data: { id: 1, event_id: eventId } })
    expect(Number(second?.id)).toBe(Number(first?.id) + 1)
  })

  it('continues behind the last id, by header or query, with each change once', async () => {
    const source = await open()
    await write(eventId, 1, 2, 3)
    const [first] = await source.count(3)
    source.destroy()
    await write(eventId, 4)
    expect((await (await open('', first?.id)).count(3)).map(({ data }) => data.id)).toEqual([2, 3, 4])
    const byQuery = await open(`?last_event_id=${first?.id}`)
    expect((await byQuery.count(3)).map(({ data }) => data.id)).toEqual([2, 3, 4])
    const headerFirst = await open('?last_event_id=0', first?.id)
    expect((await headerFirst.count(3)).map(({ data }) => data.id)).toEqual([2, 3, 4])
  })

  it('can be continued before anything has happened', async () => {
    const source = await open()
    source.destroy()
    await write(eventId, 1)
    expect((await (await open('', source.lastId())).count(1)).map(({ data }) => data.id)).toEqual([1])
  })

  it('reports only what was selected by event, advisory and kind', async () => {
    const advisory = `advisory-${eventId}`
    const other = await storeEvent(ctx.db, { searchKey: advisory })
    const sources = await Promise.all(
      [
        `?event=${eventId}`,
        `?event=${eventId}&event=${other}`,
        `?advisory=${advisory}`,
        `?advisory=${advisory}&event=${eventId}`,
        `?event=${other}&kinds=event.state.changed,event.state.changed.min`,
        `?event=${other}`,
      ].map((query) => open(query)),
    )
    const before = sources[0]?.lastId()
    await write(eventId, 1)
    await write(other, 2)
    const topics = ['event.state.changed', 'event.state.changed.min', 'manual.rebuild']
    await ctx.db.transaction((em) =>
      insertOutboxRows(
        em,
        { eventId: other },
        topics.map((topic) => ({ topic, payload: { id: topic } })),
        new Date(),
      ),
    )
    await write(other, 3)
    await write(eventId, 4)
    const all = await open(`?last_event_id=${before}&event=${eventId}&event=${other}`)
    await all.count(5)
    const [full, short] = topics
    const wanted = [[1, 4], [1, 2, short, 3, 4], [2, short, 3], [], [full, short], [2, short, 3]]
    for (const [n, source] of sources.entries()) await source.count(wanted[n]?.length ?? 0)
    expect(sources.map(ids)).toEqual(wanted)
  })

  it('reports when what the client has missed is no longer kept, or its id was never given out', async () => {
    await write(eventId, 1, 2)
    const source = await open('?last_event_id=0')
    await ctx.db.fork().execute('delete from outbox')
    await deleteOldPositions(ctx.db.fork())
    source.destroy()
    const restarted = await startWeb(ctx) // the other one still has them in memory
    onTestFinished(restarted.stop)
    for (const last of ['0', '999999999']) {
      const late = await openEventSource(`${restarted.url}/api/2/stream`, last)
      onTestFinished(() => late.destroy())
      const [gap] = await late.count(1)
      expect(gap).toMatchObject({ event: 'gap', data: { last_event_id: Number(last) } })
      await write(eventId, 5)
      expect((await late.count(2)).at(-1)?.data.id).toBe(5)
    }
  })

  it('refuses bad arguments, other methods, and HEAD opens nothing', async () => {
    for (const [query, message] of [
      ['?event=x', 'Invalid event was supplied: x'],
      ['?kinds=builds', 'Invalid kinds was supplied: builds'],
      ['?last_event_id=-1', 'Invalid last_event_id was supplied: -1'],
    ]) {
      const response = await fetch(`${web.url}/api/2/stream${query}`)
      const { message: said } = (await response.json()) as { message: string }
      expect([response.status, said]).toEqual([400, expect.stringContaining(message ?? '')])
    }
    const posted = await fetch(`${web.url}/api/2/stream`, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const before = await openStreams()
    const head = await fetch(`${web.url}/api/2/stream`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(await openStreams()).toBe(before)
  })

  it('is counted while it is open, however it ends', async () => {
    await eventually(openStreams, (count) => count === 0)
    const source = await open()
    expect(await openStreams()).toBe(1)
    source.destroy()
    await eventually(openStreams, (count) => count === 0)
  })
})

describe('streams of a process', () => {
  async function startOwn(file: string) {
    const own = await createTestContext({ PORT: '0' }, file)
    const server = await startWeb(own)
    onTestFinished(async () => {
      await server.stop()
      await own.drop()
    })
    return { ctx: own, server, url: `${server.url}/api/2/stream` }
  }

  it('are refused above max_streams, until one ends', async () => {
    const { url } = await startOwn('max_streams: 2')
    const [first] = await Promise.all([openEventSource(url), openEventSource(url)])
    const refused = await fetch(url)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await refused.json()).toEqual({
      error: 'Service Unavailable',
      message: 'There are 2 open streams, which is the maximum.',
      status: 503,
    })
    first.destroy()
    const again = await eventually(
      () => openEventSource(url),
      ({ status }) => status === 200,
    )
    again.destroy()
  })

  it('end cleanly when it stops, and report when to connect again', async () => {
    const { server, url } = await startOwn('')
    const sources = await Promise.all(Array.from({ length: 5 }, () => openEventSource(url)))
    await Promise.all(sources.map(({ lastId }) => eventually(lastId, Boolean)))
    await server.stop()
    expect(await Promise.all(sources.map(({ ended }) => ended))).toEqual([true, true, true, true, true])
    for (const { retryMs } of sources) {
      expect(retryMs()).not.toBe(2000)
      expect(Number.isInteger(retryMs())).toBe(true) // clients ignore any other
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('end when they are old, and can be continued', async () => {
    const { ctx: own, url } = await startOwn('stream_max_age_s: 1')
    const source = await openEventSource(url)
    expect(await source.ended).toBe(true)
    const event = await storeEvent(own.db)
    await own.db.transaction((em) => writeBuildChanges(em, event, [1]))
    const next = await openEventSource(url, source.lastId())
    expect((await next.count(1)).map(({ data }) => data.id)).toEqual([1])
    next.destroy()
  })

  it('survive a loss of the connection to the database, without missing a change', async () => {
    const { ctx: own, url } = await startOwn('')
    const source = await openEventSource(url)
    await eventually(source.lastId, Boolean)
    const event = await storeEvent(own.db)
    await own.db
      .fork()
      .execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'freshwave notices' and datname = current_database()",
      )
    await own.db.transaction((em) => writeBuildChanges(em, event, [1]))
    expect((await source.count(1)).map(({ data }) => data.id)).toEqual([1])
    source.destroy()
  })
})
