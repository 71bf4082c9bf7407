/** Publishing the outbox: the rows of each event in order, each until the broker has accepted it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BusPublisher } from '../../../../src/bus/publisher.ts'
import type { OutgoingMessage } from '../../../../src/bus/send.ts'
import { DECISION_UPDATE, publishOutbox } from '../../../../src/commands/publish/publish-outbox.ts'
import { writeMessages } from '../../../../src/commands/publish/write-outbox.ts'
import type { Context } from '../../../../src/context.ts'
import { labelled } from '../../../../src/lib/metrics/counters.ts'
import { createPublish } from '../../../../workers/publish.ts'
import { readCounter } from '../../../support/bus/ingest.ts'
import { outboxOf } from '../../../support/bus/outbox-of-events.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { giveWay } from '../../../support/database/give-way.ts'
import { eventually } from '../../../support/eventually.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

let ctx: TestContext
const { openEvent, write, rowsOf } = outboxOf(() => ctx)

/** Transactions of this test's database. */
async function waitingForLocks(): Promise<number> {
  const [row] = await ctx.db.fork().execute<{ n: number }[]>(
    `select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return row?.n ?? 0
}

beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(async () => {
  await ctx.drop()
})

describe('publishing the outbox of an event', () => {
  /** A bus that behaves as the test requires; keeps what it was given. */
  const fakeBus = (answer: (message: OutgoingMessage) => Promise<void> | void) => {
    const sent: OutgoingMessage[] = []
    const bus: BusPublisher = {
      send: async (message) => {
        await answer(message)
        sent.push(message)
      },
      check: async () => ({ connected: true, broker: '', detail: '' }),
      close: async () => undefined,
    }
    return { sent, with: (): Context => ({ ...ctx, bus }) }
  }

  it('sends rows in the order they were written, with an id that stays the same', async () => {
    const event = await openEvent()
    const ids = await write(event, 120)
    const bus = fakeBus(() => undefined)
    await createPublish().run(bus.with(), { eventId: event, upTo: ids[0] ?? 0 })
    expect(bus.sent.map(({ messageId }) => messageId)).toEqual(ids.map((id) => `freshwave-${id}`))
    expect(bus.sent[7]).toMatchObject({
      address: 'topic://VirtualTopic.eng.freshmaker.build.state.changed',
      subject: 'build.state.changed',
      createdAt: expect.any(Date),
    })
    expect(JSON.parse(bus.sent[7]?.body ?? '')).toEqual({ n: 7, 'qu"ote': "it's ü" })
    expect((await rowsOf(event)).every((row) => row.publishedAt && row.attempts === 1)).toBe(true)
    await createPublish().run(bus.with(), { eventId: event, upTo: ids[0] ?? 0 })
    expect(bus.sent).toHaveLength(120)
  })

  it('stops at the first row the broker does not accept, and starts there again', async () => {
    const event = await openEvent()
    await write(event, 5)
    let broken = true
    const bus = fakeBus(({ body }) => {
      if (broken && JSON.parse(body).n === 2) throw new Error('the broker released the message')
    })
    await expect(publishOutbox(bus.with(), { eventId: event })).rejects.toThrow(
      'the broker released the message',
    )
    await expect(publishOutbox(bus.with(), { eventId: event })).rejects.toThrow(
      'the broker released the message',
    )
    const rows = await rowsOf(event)
    expect(rows.map(({ publishedAt }) => publishedAt !== null)).toEqual([true, true, false, false, false])
    expect(rows[2]).toMatchObject({ attempts: 2, lastError: 'the broker released the message' })
    expect(rows[3]).toMatchObject({ attempts: 0, lastError: null })
    broken = false
    await publishOutbox(bus.with(), { eventId: event })
    expect(bus.sent.map(({ body }) => JSON.parse(body).n)).toEqual([0, 1, 2, 3, 4])
    expect((await rowsOf(event))[2]).toMatchObject({ attempts: 3, lastError: null })
  })

  it('sends nothing again by itself when what was sent cannot be stored, because another transaction goes first', async () => {
    const event = await openEvent()
    await write(event, 2)
    const bus = fakeBus(() => undefined)
    await giveWay(ctx.db, { table: 'outbox', change: 'update' })
    await expect(publishOutbox(bus.with(), { eventId: event })).rejects.toMatchObject({ code: '40P01' })
    expect(bus.sent).toHaveLength(2)
    await publishOutbox(bus.with(), { eventId: event })
    expect(new Set(bus.sent.map(({ messageId }) => messageId)).size).toBe(2)
  })

  it('does not let two workers interleave the rows of one event', async () => {
    const event = await openEvent()
    await write(event, 60)
    const bus = fakeBus(() => sleep(2))
    await Promise.all(numbers(4).map(() => publishOutbox(bus.with(), { eventId: event })))
    expect(bus.sent.map(({ body }) => JSON.parse(body).n)).toEqual(numbers(60))
  })

  it('lets those that send for one event take turns in the order they came', async () => {
    const event = await openEvent()
    await write(event, 450)
    const turns: number[] = []
    const first = Promise.withResolvers<void>()
    const start = (publisher: number) => {
      const bus = fakeBus(async () => {
        if (turns.at(-1) !== publisher) turns.push(publisher)
        await first.promise
      })
      return publishOutbox(bus.with(), { eventId: event })
    }
    const runs = [start(0)]
    await eventually(
      () => turns.length,
      (sending) => sending === 1,
    )
    for (const publisher of [1, 2, 3]) {
      runs.push(start(publisher))
      await eventually(waitingForLocks, (count) => count === publisher)
    }
    first.resolve()
    await Promise.all(runs)
    expect(turns.slice(0, 4)).toEqual([0, 1, 2, 3]) // which comes back first after that is a matter of speed
    expect((await rowsOf(event)).filter(({ publishedAt }) => publishedAt === null)).toEqual([])
  })

  it('does not make one event wait for another', async () => {
    const [slow, quick] = [await openEvent(), await openEvent()]
    await write(slow, 1, 'slow')
    await write(quick, 1, 'quick')
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const bus = fakeBus(({ subject }) => (subject === 'slow' ? gate : undefined))
    const slowly = publishOutbox(bus.with(), { eventId: slow })
    await publishOutbox(bus.with(), { eventId: quick })
    expect(bus.sent.map(({ subject }) => subject)).toEqual(['quick'])
    release()
    await slowly
  })

  it('sends the rows of a subject in order to the address of decisions, with their properties', async () => {
    const sql =
      "insert into subjects (digest, type, identifier) values ('d', 'koji_build', 'a-1-1') returning id"
    const [subject] = await ctx.db.fork().execute<{ id: number }[]>(sql)
    const subjectId = subject?.id ?? 0
    const messages = numbers(60).map((n) => ({
      topic: DECISION_UPDATE,
      payload: { n },
      properties: { summary: String(n) },
      handler: 'resultsdb',
    }))
    await writeMessages(ctx, ctx.db.fork(), { eventId: null, subjectId }, messages)
    await write(null, 1)
    const bus = fakeBus(() => undefined)
    const job = { eventId: null, subjectId, upTo: 1 }
    await Promise.all(numbers(2).map(() => createPublish().run(bus.with(), job)))
    expect(bus.sent.map(({ body }) => JSON.parse(body).n)).toEqual(numbers(60))
    expect(bus.sent[3]).toMatchObject({
      address: ctx.settings.env.DECISION_UPDATE_DESTINATION,
      properties: { summary: '3' },
    })
    const sent = labelled('messaging_tx_sent_ok', { handler: 'resultsdb' })
    expect(await readCounter(ctx, sent)).toBe(60)
    await publishOutbox(bus.with(), { eventId: null })
    expect(bus.sent).toHaveLength(61)
  })

  it('sends rows that belong to no event, and those alone', async () => {
    const event = await openEvent()
    await write(event, 2)
    await write(null, 3)
    const bus = fakeBus(() => undefined)
    await publishOutbox(bus.with(), { eventId: null })
    expect(bus.sent).toHaveLength(3)
    expect((await rowsOf(event)).every((row) => row.publishedAt === null)).toBe(true)
  })

  it('ticks rows off with a note when no bus is configured, so that they do not pile up', async () => {
    const event = await openEvent()
    await write(event, 2)
    await publishOutbox({ ...ctx, bus: undefined }, { eventId: event })
    const ticked = { publishedAt: expect.any(Date), lastError: 'not sent: no bus is configured' }
    expect(await rowsOf(event)).toMatchObject([ticked, ticked])
  })
})
