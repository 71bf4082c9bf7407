/** Sending the messages of a change at once, and what is left to a job of `publish` instead. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BusPublisher } from '../../../../src/bus/publisher.ts'
import { createPublishAtOnce } from '../../../../src/commands/publish/publish-at-once.ts'
import type { Context } from '../../../../src/context.ts'
import { OutboxMessage } from '../../../../src/db/entities/index.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

type Job = { upTo: number; subjectId?: number }

let ctx: TestContext
let subjects = 0

beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(async () => {
  await ctx.drop()
})

/** A subject with one message that waits. */
async function change(): Promise<{ stream: { eventId: null; subjectId: number }; upTo: number }> {
  subjects += 1
  const em = ctx.db.orm.em.fork()
  const [subject] = await em.execute<{ id: number }[]>(
    'insert into subjects (digest, type, identifier) values (?, ?, ?) returning id',
    [`digest-${subjects}`, 'koji_build', `a-1-${subjects}`],
  )
  const subjectId = subject?.id ?? 0
  const row = { event: null, subject: subjectId, topic: 'decision.update', payload: {} }
  await em.insertMany(OutboxMessage, [row])
  const [message] = await em.find(OutboxMessage, { subject: subjectId } as never)
  return { stream: { eventId: null, subjectId }, upTo: Number(message?.id) }
}

/** The context with a bus that behaves as the test requires, and the jobs that were enqueued. */
function world({
  connected = true,
  send = async () => undefined,
}: {
  connected?: boolean
  send?: () => Promise<void>
}) {
  const jobs: Job[] = []
  let sent = 0
  const bus: BusPublisher = {
    send: async () => {
      await send()
      sent += 1
    },
    check: async () => ({ connected, broker: '', detail: '' }),
    close: async () => undefined,
  }
  const enqueue = async (_queue: string, job: Job) => {
    jobs.push(job)
  }
  // The commands under test use no other function of the queues.
  const queues = { ...ctx.queues, enqueue } as unknown as Context['queues']
  return { jobs, sent: () => sent, ctx: { ...ctx, bus, queues } satisfies Context }
}

it('the process sends by itself while the bus takes messages', async () => {
  const { stream, upTo } = await change()
  const open = world({})
  await createPublishAtOnce()(open.ctx, stream, upTo)
  expect([open.sent(), open.jobs]).toEqual([1, []])
})

it('the process leaves the messages to a job when the bus is away', async () => {
  const { stream, upTo } = await change()
  const away = world({ connected: false })
  await createPublishAtOnce()(away.ctx, stream, upTo)
  expect([away.sent(), away.jobs]).toEqual([0, [{ ...stream, upTo }]])
})

it('the process leaves the messages to a job when the bus does not accept one, and the row has the reason', async () => {
  const { stream, upTo } = await change()
  const failing = world({ send: () => Promise.reject(new Error('the broker released the message')) })
  await createPublishAtOnce()(failing.ctx, stream, upTo)
  expect([failing.sent(), failing.jobs]).toEqual([0, [{ ...stream, upTo }]])
  const row = await ctx.db.orm.em.fork().findOneOrFail(OutboxMessage, { id: upTo })
  expect(row).toMatchObject({ publishedAt: null, lastError: 'the broker released the message' })
})

it('the process leaves the sixth change to a job while five wait for a slow bus, and sends again afterwards', async () => {
  const changes = await Promise.all(Array.from({ length: 7 }, change))
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  const slow = world({
    send: () => {
      waiting += 1
      return gate.promise
    },
  })
  const publishAtOnce = createPublishAtOnce()
  const [sixth, last] = changes.slice(5)
  if (!sixth || !last) throw new Error('seven changes')
  const five = changes.slice(0, 5).map(({ stream, upTo }) => publishAtOnce(slow.ctx, stream, upTo))
  await eventually(
    async () => waiting,
    (count) => count === 5,
  )
  await publishAtOnce(slow.ctx, sixth.stream, sixth.upTo)
  expect([slow.sent(), slow.jobs]).toEqual([0, [{ ...sixth.stream, upTo: sixth.upTo }]])
  gate.resolve()
  await Promise.all(five)
  await publishAtOnce(slow.ctx, last.stream, last.upTo)
  expect([slow.sent(), slow.jobs.length]).toEqual([6, 1])
})
