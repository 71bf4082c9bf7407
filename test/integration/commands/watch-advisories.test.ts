/** The comparison with the Errata Tool: what it reports, what it opens, how often, and what trouble costs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shipAdvisory } from '../../../lab/services/errata/ship.ts'
import { type Lab, startLab } from '../../../lab/start.ts'
import { createApp } from '../../../src/api/app.ts'
import { watchAdvisories } from '../../../src/commands/sweep/watch-advisories.ts'
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

beforeEach(async () => {
  lab = await startLab()
  start = Date.now()
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
    await makeEvent(ctx, { searchKey: String(ADVISORY), dryRun: true })
    const eventTypeId = EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent // before it shipped
    await makeEvent(ctx, { searchKey: String(ADVISORY), eventTypeId })
    await watchAt(28)
    expect(await missed()).toEqual([ADVISORY])
    await makeEvent(ctx, { searchKey: String(ADVISORY) })
    await watchAt(39)
    expect(await missed()).toEqual([])
    expect(await health(28)).toMatchObject({ status: 'ready', silent: [] })
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

  it('is nothing to those who do not watch, nor what shipped before the watch began', async () => {
    shipAdvisory(lab.world, ADVISORY + 1)
    await watching('watch_missed: off')
    await watchAt(17)
    expect([await missed(), requests()]).toEqual([undefined, 0])
  })
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
