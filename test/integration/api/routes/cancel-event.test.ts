/** Cases A17 and A19 of behaviour/freshmaker 13: canceling an event over HTTP and by message, in both versions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cancelByMessage } from '../../../../src/commands/intake/cancel-by-message.ts'
import { Skip } from '../../../../src/lib/errors.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { startApi, type TestApi } from '../../../support/api/api.ts'

const MESSAGE = { topic: 'freshmaker.manage.eventcancel' }
let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

const patch = (version: number, event: number | string, body: unknown, status = 200) =>
  api.json(`/api/${version}/events/${event}`, status, {
    method: 'PATCH',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

async function eventWithBuilds() {
  const event = await makeEvent(api.ctx)
  const done = await makeBuild(api.ctx, event, { state: 'DONE', taskId: 1 })
  const running = await makeBuild(api.ctx, event, { state: 'BUILD', taskId: 2 })
  const planned = await makeBuild(api.ctx, event, { depOn: running })
  await makeBuild(api.ctx, event, { depOn: planned })
  return { event, done, running }
}

async function sent(event: number) {
  const sql = 'select topic, payload from outbox where event_id = ? order by id'
  return api.ctx.db.fork().execute<{ topic: string; payload: object }[]>(sql, [event])
}

describe.each([1, 2])('PATCH /api/%i/events/{id}', (version) => {
  it('cancels the event and its unfinished builds, and returns the event in full', async () => {
    const { event } = await eventWithBuilds()
    const json = await patch(version, event, { action: 'cancel' })
    expect(json.state_name).toBe('CANCELED')
    expect(json.state_reason).toBe(`Event id ${event} requested for canceling by user None`)
    expect(json.builds.map((build: { state_name: string }) => build.state_name).toSorted()).toEqual([
      'CANCELED',
      'CANCELED',
      'CANCELED',
      'DONE',
    ])
    expect(json.time_done).not.toBeNull()
  })

  it('publishes each change once, then the request with the builds that ran', async () => {
    const { event, running } = await eventWithBuilds()
    await patch(version, event, { action: 'cancel', why: 'wrong advisory' })
    await patch(version, event, { action: 'cancel' })
    const messages = await sent(event)
    expect(messages.map(({ topic }) => topic)).toEqual([
      ...Array(3).fill('build.state.changed'),
      'event.state.changed',
      'event.state.changed.min',
      'manage.eventcancel',
    ])
    expect(messages.at(-1)?.payload).toEqual({
      action: 'eventcancel',
      why: 'wrong advisory',
      event_id: event,
      builds_id: [running],
    })
  })

  it.each([
    ['{}', "Missing action in request. Don't know what to do with the event."],
    ['{"action": "unsupported"}', 'Unsupported action requested.'],
    ['{"action": null}', 'Unsupported action requested.'],
    [
      '{',
      "The request body is not valid JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ],
  ])('refuses %s, also for an event that does not exist', async (body, message) => {
    expect(await patch(version, 999_999, body, 400)).toEqual({ status: 400, error: 'Bad Request', message })
  })

  it.each(['[]', '"cancel"', '7', 'null'])('refuses %s, which is not an object', async (body) => {
    const { event } = await eventWithBuilds()
    const message = 'The request body must be a JSON object.'
    expect(await patch(version, event, body, 400)).toEqual({ status: 400, error: 'Bad Request', message })
    expect(await sent(event)).toEqual([])
  })

  it.each([0, 999_999, '99999999999999'])('answers 400 Not Found for the unknown event %s', async (id) => {
    const json = await patch(version, id, { action: 'cancel' }, 400)
    expect(json).toEqual({ status: 400, error: 'Not Found', message: 'No such event found.' })
  })

  it('answers 404 for a path without a number', async () => {
    expect((await patch(version, 'abc', { action: 'cancel' }, 404)).status).toBe(404)
  })

  it.each(['COMPLETE', 'FAILED', 'SKIPPED'] as const)(
    'leaves an event that is %s as it is',
    async (state) => {
      const event = await makeEvent(api.ctx, { state })
      const json = await patch(version, event, { action: 'cancel' }, 400)
      expect(json.message).toBe(`Event ${event} is already ${state} and cannot be canceled.`)
      expect(await sent(event)).toEqual([])
    },
  )
})

describe('the message', () => {
  it('cancels the event, and does nothing to one that is canceled already', async () => {
    const { event, running } = await eventWithBuilds()
    const meaning = { eventId: event, buildIds: [running] }
    await cancelByMessage(api.ctx, meaning, MESSAGE)
    const messages = await sent(event)
    expect(messages.map(({ topic }) => topic)).toEqual([
      ...Array(3).fill('build.state.changed'),
      'event.state.changed',
      'event.state.changed.min',
    ])
    await cancelByMessage(api.ctx, meaning, MESSAGE)
    expect(await sent(event)).toEqual(messages)
  })

  it('of another system, whose builds do not belong to the event, is passed over', async () => {
    const { event, running } = await eventWithBuilds()
    const foreign = await makeBuild(api.ctx, await makeEvent(api.ctx))
    const work = cancelByMessage(api.ctx, { eventId: event, buildIds: [running, foreign] }, MESSAGE)
    await expect(work).rejects.toThrow(new Skip(`Build ${foreign} is not a build of event ${event} here.`))
    expect(await sent(event)).toEqual([])
  })

  it.each([
    ['COMPLETE', /already COMPLETE/],
    [undefined, /There is no event 888888 here/],
  ] as const)('about an event that is %s is passed over', async (state, text) => {
    const eventId = state ? await makeEvent(api.ctx, { state }) : 888_888
    await expect(cancelByMessage(api.ctx, { eventId, buildIds: [] }, MESSAGE)).rejects.toThrow(text)
  })
})

describe('the audit', () => {
  it('has each cancel once, by its door, and each refusal', async () => {
    const { event } = await eventWithBuilds()
    const audit = async (subject: string) =>
      (await api.json(`/api/2/audit?subject=${encodeURIComponent(subject)}`)).items
    await patch(2, event, { action: 'stop' }, 400)
    await patch(2, event, { action: 'cancel' })
    await patch(2, event, { action: 'cancel' })
    await cancelByMessage(api.ctx, { eventId: event, buildIds: [] }, MESSAGE)
    expect(await audit(`event ${event}`)).toMatchObject([
      { action: 'cancel', outcome: 'done', door: 'api', event_id: event },
      { action: 'cancel', outcome: 'refused', detail: 'Unsupported action requested.', event_id: null },
    ])
    const other = (await eventWithBuilds()).event
    await cancelByMessage(api.ctx, { eventId: other, buildIds: [] }, MESSAGE)
    expect(await audit(`event ${other}`)).toMatchObject([
      { outcome: 'done', door: 'bus', address: MESSAGE.topic },
    ])
  })
})
