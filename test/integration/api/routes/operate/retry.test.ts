/** `POST /api/2/events/{id}/retry`: the new event, its row in the audit, and every refusal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

const retry = (event: number | string, body: string, status: number) =>
  api.json(`/api/2/events/${event}/retry`, status, { method: 'POST', body })
const FAILED = 3

describe('POST /api/2/events/{id}/retry', () => {
  it('opens an event for the failed builds that are named, recorded with both events', async () => {
    const event = await storeEvent(api.ctx.db, { searchKey: '1', state: FAILED })
    const build = await storeBuild(api.ctx.db, { event, state: 2, originalNvr: 'a-1-1' })
    await storeBuild(api.ctx.db, { event, state: 2, originalNvr: 'b-1-1' })
    const body = JSON.stringify({ builds: [build], reason: 'the hub was away', requester: 'root' })
    const { event_id: id, builds } = await retry(event, body, 200)
    expect(builds).toEqual([build])
    expect(await api.json(`/api/2/events/${id}`)).toMatchObject({
      depends_on_events: [event],
      requester: 'root',
    })
    expect((await api.json(`/api/2/audit?subject=event+${event}`)).items).toMatchObject([
      { action: 'retry', who: 'root', outcome: 'done', event_id: id, detail: `builds ${build}` },
    ])
    const refused = await retry(event, '', 400)
    expect((await api.json('/api/2/audit?outcome=refused')).items).toMatchObject([
      { action: 'retry', subject: `event ${event}`, detail: refused.message },
    ])
  })

  it.each([
    ['', 404, 'Event 999 does not exist.'],
    ['[]', 400, 'The request body must be a JSON object.'],
    ['{"builds":"1"}', 400, '"builds" must be an array of build ids.'],
    ['{"reason":1}', 400, '"reason" must be a string.'],
    ['{"build":[1]}', 400, '"build" is not a field of this request; did you mean "builds"?'],
    [
      '{"dry_run":true}',
      400,
      '"dry_run" is not a field of this request, which has "builds", "reason", "requester".',
    ],
  ])('refuses %j with %i', async (body, status, message) => {
    expect((await retry(999, body, status)).message).toBe(message)
  })

  it('names an event with an id that no event can have, also in the audit', async () => {
    expect((await retry(3_000_000_000, '', 404)).message).toBe('Event 3000000000 does not exist.')
    const { items } = await api.json('/api/2/audit?subject=event+3000000000')
    expect(items).toMatchObject([{ action: 'retry', outcome: 'refused' }])
  })

  it('is an unknown URL without a number', async () => {
    expect((await retry('x', '', 404)).message).toMatch(/^404 Not Found/)
  })
})
