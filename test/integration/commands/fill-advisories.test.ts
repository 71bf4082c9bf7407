/** Severity and CVEs of advisories: stored for every event, however it ends and wherever it comes from. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { discoverImages } from '../../../src/commands/discover/discover-images.ts'
import { fillAdvisories } from '../../../src/commands/sweep/fill-advisories.ts'
import { eventAdvisories } from '../../../src/db/queries/pages/event-advisories.ts'
import { EVENT_STATES, EVENT_TYPES } from '../../../src/domain/event.ts'
import { Skip } from '../../../src/lib/errors.ts'
import { storeEvent } from '../../support/api/api.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'
import { type Discovery, startDiscovery } from '../../support/rebuild/discovery.ts'

const KNOWN = { severity: 'critical', cves: expect.arrayContaining([expect.stringMatching(/^CVE-/)]) }
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(undefined, 'handler_build_allowlist: {}\nrequest_attempts: 1')
})
afterAll(() => discovery.stop())
afterEach(() => {
  discovery.lab.world.faults.length = 0
})

const store = (searchKey: number | string, over: Partial<Parameters<typeof storeEvent>[1]> = {}) =>
  storeEvent(discovery.ctx.db, { searchKey: String(searchKey), state: EVENT_STATES.COMPLETE, ...over })
const stored = async (eventId: number) =>
  (await eventAdvisories(discovery.ctx.db.fork(), [eventId])).get(eventId)

describe('the advisory of an event', () => {
  it('is stored although the rules skip the event', async () => {
    const eventTypeId = EVENT_TYPES.ManualRebuildWithAdvisoryEvent
    const event = await store(ADVISORY, { state: EVENT_STATES.INITIALIZED, eventTypeId })
    await expect(discoverImages(discovery.ctx, event)).rejects.toBeInstanceOf(Skip)
    expect(await stored(event)).toMatchObject(KNOWN)
  })

  it('is read later for events that were not discovered here, once for all of them', async () => {
    const [first, second, named] = [await store(133002), await store(133002), await store('async_build_1')]
    discovery.lab.world.requests.clear()
    await fillAdvisories(discovery.ctx)
    expect(await stored(first)).toMatchObject({
      severity: expect.any(String),
      name: expect.stringMatching(/^RH/),
    })
    expect(await stored(second)).toEqual(await stored(first))
    expect(await stored(named)).toBeUndefined()
    const requests = [...discovery.lab.world.requests].filter(([name]) => name.startsWith('errata '))
    expect(requests).toHaveLength(2)
    await fillAdvisories(discovery.ctx)
    expect([...discovery.lab.world.requests].filter(([name]) => name.startsWith('errata '))).toEqual(requests)
  })

  it('is not stored for an event that has none, although its search key is a number', async () => {
    const byName = await store(4711, { eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent })
    const module = await store(4712, { eventTypeId: EVENT_TYPES.MBSModuleStateChangeEvent })
    const advisory = await store(4712)
    await fillAdvisories(discovery.ctx)
    expect(await stored(advisory)).toMatchObject({ name: '4712' })
    expect([await stored(module), await stored(byName)]).toEqual([undefined, undefined])
  })

  it('is read once when the Errata Tool does not know it, and again when it was away', async () => {
    const unknown = await store(888_888)
    discovery.lab.world.faults.push({ service: 'errata', kind: 'status', status: 503 })
    await fillAdvisories(discovery.ctx)
    expect(await stored(unknown)).toBeUndefined()
    discovery.lab.world.faults.length = 0
    await fillAdvisories(discovery.ctx)
    expect(await stored(unknown)).toEqual({ name: '888888', severity: 'unknown', cves: [] })
  })
  it('is read although the Errata Tool fails for that of a newer event', async () => {
    const older = await store(133002)
    const newer = await store(888_889)
    discovery.lab.world.faults.push({
      service: 'errata',
      operation: 'GET /api/v1/erratum/888889',
      kind: 'status',
      status: 500,
    })
    const before = await fillAdvisories(discovery.ctx)
    await fillAdvisories(discovery.ctx, before)
    expect(await stored(older)).toMatchObject({ name: expect.stringMatching(/^RH/) })
    expect(await stored(newer)).toBeUndefined()
  })

  it('is read a part at a time, the newest events first', async () => {
    const events: number[] = []
    for (let n = 0; n < 26; n += 1) events.push(await store(700_000 + n))
    const [oldest = 0, next = 0] = events
    const before = await fillAdvisories(discovery.ctx)
    expect([before, await stored(oldest)]).toEqual([next, undefined])
    expect(await fillAdvisories(discovery.ctx, before)).toBeNull()
    expect(await stored(oldest)).toMatchObject({ name: '700000' })
  })
})
