/** The comparison with the Errata Tool: what it reports, what it opens, how often, and what trouble costs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shipAdvisory } from '../../../lab/services/errata/ship.ts'
import { type Lab, startLab } from '../../../lab/start.ts'
import { createApp } from '../../../src/api/app.ts'
import { createAdvisoryWatch } from '../../../src/commands/sweep/watch-advisories.ts'
import { serviceTroubles } from '../../../src/db/queries/service-troubles.ts'
import { readWatch } from '../../../src/db/queries/silence/advisory-watch.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'

const MINUTE = 60_000
let lab: Lab
let ctx: TestContext
let start: number
let watchAdvisories: ReturnType<typeof createAdvisoryWatch>

beforeEach(async () => {
  lab = await startLab()
  start = Date.now()
  watchAdvisories = createAdvisoryWatch()
})
afterEach(async () => {
  await ctx.drop()
  await lab.stop()
})

async function watching(settings: string): Promise<void> {
  ctx = await createTestContext({ ...lab.urls }, `koji_retry: 0\nrequest_attempts: 1\n${settings}`)
  await watchAt(-5)
  shipAdvisory(lab.world, ADVISORY)
}
const at = (minutes: number) => ({ ...ctx, now: () => new Date(start + minutes * MINUTE) })
const watchAt = (minutes: number) => watchAdvisories(at(minutes))
const missed = async () => (await readWatch(ctx.db.fork()))?.missed.map(({ id }) => id)
const events = () => ctx.db.fork().execute('select search_key, message_id from events')
const requests = () => [...lab.world.requests].filter(([name]) => name.startsWith('errata')).length

/** The message about the shipping arrives after all. */
async function receiveMessage(): Promise<void> {
  const sql = `insert into inbox (message_id, topic, body, properties, meaning, state) values ('late', 't', '', '{}', ?::jsonb, 'done')`
  const meaning = { kind: 'advisory-shipped', errataId: ADVISORY }
  await ctx.db.fork().execute(sql, [JSON.stringify(meaning)])
}

async function health(minutes: number) {
  const answer = await createApp(at(minutes)).request('/health/ready')
  return (await answer.json()) as { status: string; silent: { kind: string; detail: string }[] } // documented in the API
}

describe('a shipped advisory without an event', () => {
  it('is reported every ten minutes at the earliest, when its message has had time to come', async () => {
    await watching('watch_missed: report\nquiet_after: 1200')
    await watchAt(6)
    expect(await missed()).toEqual([])
    lab.world.requests.clear()
    await watchAt(15)
    expect(requests()).toBe(0)
    await watchAt(17)
    expect(await missed()).toEqual([ADVISORY])
    expect(await events()).toEqual([])
    expect(await health(14)).toMatchObject({ status: 'degraded', silent: [{ kind: 'missed-advisories' }] })
    expect((await health(17)).silent.map(({ kind }) => kind)).toEqual(['missed-advisories', 'bus'])
    const metrics = await (await createApp(at(17)).request('/metrics')).text()
    expect(metrics).toContain('freshwave_missed_advisories 1\n')
    const event = { searchKey: String(ADVISORY), state: 'COMPLETE' as const }
    await makeEvent(ctx, { ...event, dryRun: true })
    const eventTypeId = EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent // before it shipped
    await makeEvent(ctx, { ...event, eventTypeId })
    await watchAt(28)
    expect(await missed()).toEqual([ADVISORY])
    await makeEvent(ctx, event)
    await watchAt(39)
    expect(await missed()).toEqual([])
    await receiveMessage()
    expect(await health(28)).toMatchObject({ status: 'ready', silent: [] })
  })

  it('is reported although it was rebuilt before it shipped, or some of its images alone, or other things have its number', async () => {
    await watching('watch_missed: report')
    const of = { searchKey: String(ADVISORY), state: 'COMPLETE' as const }
    const manual = { ...of, eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent, manualTriggered: true }
    await makeEvent(ctx, { ...manual, timeCreated: new Date(start - 60 * MINUTE) })
    await makeEvent(ctx, { ...manual, timeCreated: at(1).now(), requestedRebuilds: 'a-container-1-1' })
    await makeEvent(ctx, { ...of, eventTypeId: EVENT_TYPES.MBSModuleStateChangeEvent })
    await makeEvent(ctx, { ...of, eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent })
    await watchAt(17)
    expect(await missed()).toEqual([ADVISORY])
    await makeEvent(ctx, { ...manual, timeCreated: at(18).now() })
    await watchAt(28)
    expect(await missed()).toEqual([])
  })

  it('is opened as its message would have done, once', async () => {
    await watching('watch_missed: open')
    await watchAt(17)
    const [event, ...others] = await events()
    expect(others).toEqual([])
    expect(event).toMatchObject({
      search_key: String(ADVISORY),
      message_id: expect.stringMatching(/^missed-\d+\.RHSA/),
    })
    expect(await missed()).toEqual([])
    await watchAt(28)
    expect(await events()).toEqual([event])
  })

  it('whose event was opened in place of its message shows that the bus is quiet, until a message comes', async () => {
    await watching('watch_missed: open\nquiet_after: 1200')
    await watchAt(17)
    expect(await missed()).toEqual([])
    await watchAt(28)
    const kinds = async () => (await health(28)).silent.map(({ kind }) => kind)
    expect(await kinds()).toContain('bus')
    await receiveMessage()
    expect(await kinds()).not.toContain('bus')
  })

  it('that is rebuilt by hand is not missed any more, but the bus is still quiet, until a message comes', async () => {
    await watching('watch_missed: report\nquiet_after: 1200')
    await watchAt(17)
    const of = { searchKey: String(ADVISORY), eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent }
    await makeEvent(ctx, { ...of, manualTriggered: true, timeCreated: at(18).now() })
    await watchAt(28)
    expect(await missed()).toEqual([])
    expect((await health(28)).silent.map(({ kind }) => kind)).toContain('bus')
    await receiveMessage()
    expect((await health(28)).silent.map(({ kind }) => kind)).not.toContain('bus')
  })

  it('and was rebuilt by hand is fetched by the first comparison only', async () => {
    await watching('watch_missed: report')
    const of = { searchKey: String(ADVISORY), eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent }
    await makeEvent(ctx, { ...of, manualTriggered: true, timeCreated: at(1).now() })
    await watchAt(17)
    lab.world.requests.clear()
    await watchAt(28)
    const lists = [...lab.world.requests.keys()].filter((name) => name.startsWith('errata'))
    expect(lists).toEqual(['errata GET /api/v1/erratum/search'])
  })

  it('is opened although a dry run was, once dry runs are over', async () => {
    await watching('watch_missed: open')
    const { settings } = ctx
    const dry = { ...settings, env: { ...settings.env, DRY_RUN: true } }
    await watchAdvisories({ ...at(17), settings: dry })
    await watchAt(28)
    const columns = 'select search_key, coalesce(dry_run, false) as dry from events order by id'
    expect(await ctx.db.fork().execute(columns)).toEqual([
      { search_key: String(ADVISORY), dry: true },
      { search_key: String(ADVISORY), dry: false },
    ])
  })

  it('is opened although the Errata Tool fails for a newer one, which stays missed', async () => {
    await watching('watch_missed: open')
    const newer = ADVISORY + 1
    shipAdvisory(lab.world, newer)
    const operation = `GET /advisory/${newer}.json`
    lab.world.faults.push({ service: 'errata', operation, kind: 'status', status: 500 })
    await watchAt(17)
    expect(await events()).toMatchObject([{ search_key: String(ADVISORY) }])
    expect(await missed()).toEqual([newer])
  })

  it('is reported although the record of another one cannot be read', async () => {
    await watching('watch_missed: report')
    const odd = ADVISORY + 1
    shipAdvisory(lab.world, odd)
    lab.world.mutate = (service, operation, json) =>
      service === 'errata' &&
      operation === 'GET /api/v1/erratum/:id' &&
      JSON.stringify(json).includes(String(odd))
        ? { errata: { rhsa: { id: odd, fulladvisory: 7 } } }
        : json
    await watchAt(17)
    expect(await missed()).toEqual([ADVISORY])
  })

  it('is reported, but not opened, when its day of shipping cannot be read: it may have shipped before the watch began', async () => {
    await watching('watch_missed: open\nquiet_after: 1200')
    lab.world.mutate = (service, operation, json) =>
      service === 'errata' && operation === 'GET /api/v1/erratum/:id'
        ? JSON.parse(
            JSON.stringify(json).replace(/("(actual_ship_date|status_updated_at)"):"[^"]*"/g, '$1:"soon"'),
          )
        : json
    await watchAt(17)
    expect([await missed(), await events()]).toEqual([[ADVISORY], []])
    expect((await health(28)).silent.map(({ kind }) => kind)).toEqual(['missed-advisories'])
    const of = { searchKey: String(ADVISORY), eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent }
    await makeEvent(ctx, { ...of, manualTriggered: true, timeCreated: at(18).now() })
    await watchAt(28)
    expect(await missed()).toEqual([])
  })

  it('is not reported while the watch is off, nor is one that shipped before the watch began', async () => {
    shipAdvisory(lab.world, ADVISORY + 1)
    await watching('watch_missed: off')
    await watchAt(17)
    expect([await missed(), requests()]).toEqual([undefined, 0])
  })
})

it('what was missed no longer counts when the watch is off', async () => {
  await watching('watch_missed: report')
  await watchAt(17)
  const off = { ...ctx.settings, file: { ...ctx.settings.file, watch_missed: 'off' as const } }
  const readyOf = async (app: ReturnType<typeof at>) =>
    (await (await createApp(app).request('/health/ready')).json()) as object
  expect(await readyOf(at(17))).toMatchObject({ status: 'degraded' })
  expect(await readyOf({ ...at(17), settings: off })).toMatchObject({ status: 'ready', silent: [] })
})

it('trouble of the Errata Tool is noted, until a comparison passes', async () => {
  await watching('watch_missed: report')
  lab.world.faults.push({ service: 'errata', kind: 'status' })
  await watchAt(17)
  expect(await serviceTroubles(ctx.db.fork())).toMatchObject([{ service: 'errata' }])
  lab.world.faults.length = 0
  await watchAt(28)
  expect(await serviceTroubles(ctx.db.fork())).toEqual([])
  expect(await missed()).toEqual([ADVISORY])
})
