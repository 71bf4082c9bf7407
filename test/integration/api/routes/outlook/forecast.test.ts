/** Checks when an event and its open builds will be done, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordForecasts } from '../../../../../src/commands/forecast/record-forecasts.ts'
import { BUILD_STATES } from '../../../../../src/domain/rebuild/states.ts'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../../../support/api/api.ts'

const NOW = new Date('2026-11-28T12:00:00Z')
let api: TestApi

beforeAll(async () => {
  api = await startApi({}, 'max_tasks_in_flight: 4')
  api.ctx.now = () => NOW
  await api.ctx.db
    .fork()
    .execute("insert into build_durations (name, seconds) select 'base', 600 from generate_series(1, 100)")
})
afterAll(() => api.drop())

describe('GET /api/2/events/{id}/forecast', () => {
  it('gives the expected times of an event, its critical path and its builds', async () => {
    const event = await storeEvent(api.ctx.db, { state: 1 })
    await storeBuild(api.ctx.db, { event, name: 'done', originalNvr: 'done-1-1', state: 1 })
    await storeBuild(api.ctx.db, { event, name: 'lost', originalNvr: 'lost-1-1', state: 2 })
    const taskSubmittedAt = new Date(NOW.getTime() - 300_000)
    const base = await storeBuild(api.ctx.db, { event, name: 'base', state: 0, buildId: 5, taskSubmittedAt })
    const leaf = await storeBuild(api.ctx.db, { event, name: 'base', state: 4, depOn: base })
    const answer = await api.json(`/api/2/events/${event}/forecast`)
    expect(answer).toMatchObject({
      at: '2026-11-28T12:00:00Z',
      counts: { failed: 1, images: 4, may_go_out: null, open: 2, rebuilt: 1 },
      critical_path: [
        { build_id: base, name: 'base' },
        { build_id: leaf, name: 'base' },
      ],
      event_id: event,
      parallelism: 4,
    })
    expect(answer.builds.map((build: { build_id: number }) => build.build_id)).toEqual([base, leaf])
    expect(answer.builds[0].expected_start).toBe('2026-11-28T11:55:00Z')
    expect(answer.p50 > '2026-11-28T12:13:00Z' && answer.p50 < '2026-11-28T12:18:00Z').toBe(true)
    expect(answer.p90 >= answer.p50).toBe(true)
    expect(answer.builder_minutes).toBeGreaterThan(13)
    expect(answer.builder_minutes).toBeLessThan(20)
  })

  it('has no times when nothing is open', async () => {
    const event = await storeEvent(api.ctx.db, { state: 2 })
    await storeBuild(api.ctx.db, { event, originalNvr: 'done-1-1', state: 1 })
    expect(await api.json(`/api/2/events/${event}/forecast`)).toMatchObject({
      builder_minutes: 0,
      builds: [],
      counts: { failed: 0, images: 1, open: 0, rebuilt: 1 },
      critical_path: [],
      p50: null,
      p90: null,
    })
  })

  it('is 404 for an unknown event', async () => {
    expect(await api.json('/api/2/events/999999/forecast', 404)).toMatchObject({
      message: 'No such event found.',
    })
  })
})

describe('readers of a forecast', () => {
  it('get the one that the poll has stored while it is fresh, and a new one when it is not', async () => {
    const event = await storeEvent(api.ctx.db, { state: 1 })
    const build = await storeBuild(api.ctx.db, { event, name: 'base', state: 4 })
    await recordForecasts(api.ctx)
    await api.ctx.db.fork().execute('update artifact_builds set state = 1 where id = ?', [build])
    const stored = await api.json(`/api/2/events/${event}/forecast`)
    expect(stored).toMatchObject({ at: '2026-11-28T12:00:00Z', builds: [{ build_id: build }] })
    expect(stored.p50 > stored.at).toBe(true)
    api.ctx.now = () => new Date(NOW.getTime() + 600_000)
    expect(await api.json(`/api/2/events/${event}/forecast`)).toMatchObject({
      at: '2026-11-28T12:10:00Z',
      builds: [],
      p50: null,
    })
    api.ctx.now = () => NOW
  })

  it('get none of an event that has ended, although one is stored', async () => {
    const event = await storeEvent(api.ctx.db, { state: 1 })
    const build = await storeBuild(api.ctx.db, { event, name: 'base', state: 4 })
    await recordForecasts(api.ctx)
    const { db } = api.ctx
    await db.fork().execute('update artifact_builds set state = 3 where id = ?', [build])
    await db.fork().execute('update events set state = 5, time_done = now() where id = ?', [event])
    expect(await api.json(`/api/2/events/${event}/forecast`)).toMatchObject({
      builder_minutes: 0,
      builds: [],
      counts: { open: 0 },
      critical_path: [],
      p50: null,
      p90: null,
    })
  })

  it('share one simulation, and hold up no other request', async () => {
    const event = await storeEvent(api.ctx.db, { state: 1 })
    await api.ctx.db.fork().execute(
      `insert into artifact_builds (name, original_nvr, type, state, event_id)
       select 'large-' || n, 'large-' || n || '-1-1', 1, ?, ? from generate_series(1, 3000) n`,
      [BUILD_STATES.PLANNED, event],
    )
    api.ctx.now = () => new Date(NOW.getTime() + 1_200_000)
    const order: string[] = []
    const readers = Array.from({ length: 50 }, () =>
      api.json(`/api/2/events/${event}/forecast`).then(({ at }) => {
        order.push('forecast')
        return at
      }),
    )
    const other = api.json('/api/2/about/').then(() => order.push('other'))
    const answers = new Set(await Promise.all(readers))
    await other
    expect(order[0]).toBe('other')
    expect(answers).toEqual(new Set(['2026-11-28T12:20:00Z']))
    api.ctx.now = () => NOW
  })
})
