/** A rebuild that is requested by a message: the same checks and the same event as over HTTP, once. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startLab } from '../../../../lab/start.ts'
import { readMessage } from '../../../../src/bus/messages/routes.ts'
import { Event, InboxMessage } from '../../../../src/db/entities/index.ts'
import { lockAdvisory } from '../../../../src/db/queries/events.ts'
import { intake } from '../../../../workers/intake.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'
import { eventually } from '../../../support/eventually.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const ADVISORY = 133001
let lab: Awaited<ReturnType<typeof startLab>>
let api: TestApi

beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
  api = await startApi(lab.urls)
})
afterAll(async () => {
  await api.drop()
  await lab.stop()
})

/** Reads and handles a message; returns the row it leaves. */
async function receive(topic: string, body: unknown) {
  const messageId = `m-${crypto.randomUUID()}`
  const delivery = { messageId, topic, body: Buffer.from(JSON.stringify(body)), properties: {} }
  const reading = readMessage(delivery, 1_000_000)
  if (reading.outcome !== 'meaning') return { ...reading, messageId }
  const row = { ...delivery, meaning: reading.meaning, receivedAt: new Date() }
  const em = api.ctx.db.fork()
  const id = Number(await em.insert(InboxMessage, row as InboxMessage)) // bigints come as text
  await attempt(api.ctx, { queue: 'intake', worker: intake, payload: { inboxId: id }, isLast: true })
  return { ...(await api.ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { id })), messageId }
}
const MANUAL = 'topic://VirtualTopic.eng.freshmaker.manual.rebuild'
const ASYNC = 'topic://VirtualTopic.eng.freshmaker.async.manual.build'
const eventOf = async (messageId: string) =>
  (await api.json(`/api/2/events/?message_id=${messageId}`)).items[0]

it('a request opens the event under the id and for the requester that the message gives', async () => {
  const body = { msg_id: 'manual_rebuild_1.5', errata_id: ADVISORY, requester: 'root', dry_run: true }
  expect(await receive(MANUAL, body)).toMatchObject({ state: 'done' })
  expect(await eventOf('manual_rebuild_1.5')).toMatchObject({
    event_type_id: 13,
    requester: 'root',
    dry_run: true,
    search_key: String(ADVISORY),
  })
  await api.ctx.db.fork().execute('update events set state = 2')
})

it('a request opens no second event when the message is repeated', async () => {
  const body = { msg_id: 'manual_rebuild_2', errata_id: ADVISORY }
  const first = await receive(MANUAL, body)
  const second = await receive(MANUAL, body)
  expect(second).toMatchObject({ state: 'done', event: (first as InboxMessage).event })
  await api.ctx.db.fork().execute('update events set state = 2')
})

it('a request leads to the event of the API when it reports a request that came there', async () => {
  const posted = await api.json('/api/1/builds/', 200, {
    method: 'POST',
    body: JSON.stringify({ errata_id: ADVISORY }),
  })
  const reported = { errata_id: ADVISORY, msg_id: posted.message_id, requester: null }
  expect(await receive(MANUAL, reported)).toMatchObject({ state: 'done', event: posted.id })
  await api.ctx.db.fork().execute('update events set state = 2')
})

it('a request takes the id of the message when the sender gave none, and publishes nothing', async () => {
  const row = await receive(ASYNC, { dist_git_branch: 'main', container_images: ['httpd'] })
  expect(await eventOf(row.messageId)).toMatchObject({
    event_type_id: 14,
    search_key: row.messageId,
    requested_rebuilds: ['httpd-container'],
  })
  const sent = await api.ctx.db.fork().execute('select payload from outbox')
  expect(JSON.stringify(sent)).not.toContain(row.messageId)
})

it.each([
  [{ errata_id: 'x' }, '"errata_id" must be an integer.'],
  [{ errata_id: ADVISORY, freshmaker_event_id: 12345 }, 'The provided "freshmaker_event_id" is invalid.'],
])('%j fails with the reason', async (body, reason) => {
  expect(await receive(MANUAL, body)).toMatchObject({ state: 'failed', reason })
})

it('a request leads to the event that the same message has opened while it was handled a second time', async () => {
  const [messageId, searchKey] = ['manual_rebuild_9', '133009']
  let repeated: ReturnType<typeof receive> | undefined
  const eventId = await api.ctx.db.transaction(async (em) => {
    await lockAdvisory(em, searchKey)
    repeated = receive(MANUAL, { msg_id: messageId, errata_id: Number(searchKey) })
    const sql =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await eventually(
      () => api.ctx.db.fork().execute<object[]>(sql),
      ({ length }) => length > 0,
    )
    return em.insert(Event, { messageId, searchKey, eventTypeId: 13, state: 0 })
  })
  expect(await repeated).toMatchObject({ state: 'done', event: eventId })
})

it('a request is audited once when another run opens its event at the same time', async () => {
  const messageId = 'async_build_9'
  let repeated: ReturnType<typeof receive> | undefined
  const eventId = await api.ctx.db.transaction(async (em) => {
    const id = await em.insert(Event, { messageId, searchKey: messageId, eventTypeId: 14, state: 0 })
    repeated = receive(ASYNC, { msg_id: messageId, dist_git_branch: 'main', container_images: ['httpd'] })
    const sql =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await eventually(
      () => api.ctx.db.fork().execute<object[]>(sql),
      ({ length }) => length > 0,
    )
    return id
  })
  expect(await repeated).toMatchObject({ state: 'done', event: eventId })
  const audited = await api.ctx.db.fork().execute('select 1 from audit where event_id = ?', [eventId])
  expect(audited).toEqual([]) // by this run: the other one did not come through here
})

it('a request leads to one event when it is handled twice at the same time', async () => {
  const body = { msg_id: 'manual_rebuild_10', errata_id: ADVISORY }
  const both: ReturnType<typeof receive>[] = []
  await api.ctx.db.transaction(async (em) => {
    await lockAdvisory(em, String(ADVISORY))
    both.push(receive(MANUAL, body), receive(MANUAL, body))
    const sql =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await eventually(
      () => api.ctx.db.fork().execute<object[]>(sql),
      ({ length }) => length === 2,
    )
  })
  const [first, second] = (await Promise.all(both)) as [InboxMessage, InboxMessage]
  expect([first.state, second.state]).toEqual(['done', 'done'])
  expect(second.event).toBe(first.event)
  await api.ctx.db.fork().execute('update events set state = 2')
})

it('a request fails beside a running event of the advisory, with its id', async () => {
  const running = await storeEvent(api.ctx.db, { searchKey: String(ADVISORY), state: 1 })
  const row = await receive(MANUAL, { errata_id: ADVISORY })
  expect(row).toMatchObject({ state: 'failed', reason: expect.stringContaining(`are running: [${running}]`) })
})

it.each([[[]], ['text'], [5], [{ msg_id: 5 }]])('a body %j cannot be read', async (body) => {
  expect(await receive(MANUAL, body)).toMatchObject({ outcome: 'failed' })
})
