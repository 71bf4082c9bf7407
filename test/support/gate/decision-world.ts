/** A lab whose results and waivers go over a broker to a pipeline in this process, and the decisions that it publishes. */
import type { Message } from 'rhea'
import { onTestFinished } from 'vitest'
import { startLab } from '../../../lab/start.ts'
import { startWeb } from '../../../src/api/server.ts'
import { startIngest } from '../../../src/ingest/main.ts'
import { startWorkers } from '../../../workers/main.ts'
import { type AmqpClient, connectClient } from '../bus/amqp-client.ts'
import type { TestBroker } from '../bus/bus.ts'
import { createTestContext } from '../context.ts'
import { eventually } from '../eventually.ts'
import { accessTo } from './gate.ts'

/** A published change: the AMQP message, its body and its application properties. */
export type Update = {
  messageId: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  msg: any
  topic: string
  properties: Record<string, string>
}

export type DecisionWorld = Awaited<ReturnType<typeof startDecisionWorld>>

type Options = { env?: Record<string, string>; file?: string }

/** Starts everything, for one test: all stops at its end. `file` is the text of a settings file. */
export async function startDecisionWorld(broker: TestBroker, { env = {}, file = '' }: Options = {}) {
  const client = await connectClient(broker.url)
  const { send, sent, accepted } = createSender(client, broker)
  const lab = await startLab({ publish: (topic, body) => send(topic, body) })
  const destination = `${broker.outPrefix}.decision.update`
  const ctx = await createTestContext(
    {
      ...lab.urls,
      AMQP_URL: broker.url,
      AMQP_SOURCES: broker.source,
      AMQP_TOPIC_PREFIX: broker.outPrefix,
      DECISION_UPDATE_DESTINATION: destination,
      SWEEP_INTERVAL_MS: '500',
      PORT: '0',
      ...env,
    },
    file,
  )
  const consumer = await client.consume(broker.outSource)
  const web = await startWeb(ctx)
  const workers = await startWorkers(ctx)
  const ingest = await startIngest(ctx)
  onTestFinished(async () => {
    await ingest.stop()
    await workers.stop()
    await web.stop()
    await ctx.drop()
    await lab.stop()
    await client.close()
  })
  const rows = <T>(sql: string) => ctx.db.fork().execute<T[]>(sql)
  /** The bus may redeliver messages that an earlier world did not accept in time. */
  const isOurs = () => `message_id in ('${sent.join("', '")}')`
  const updates = () => consumer.received.map(readUpdate)
  return {
    lab,
    ctx,
    destination,
    send,
    rows,
    updates,
    ...accessTo(lab.world, lab.urls),
    /** The rows of the inbox for what this test has sent, in order. */
    inbox: () =>
      rows<{ id: string; state: string; reason: string | null }>(
        `select id, state, reason from inbox where ${isOurs()} order by id`,
      ),
    /** Waits until every message in is handled and every message out is sent and received. */
    settled: async () => {
      await accepted()
      const sentIds = new Set(sent)
      const sql = countsSql(isOurs())
      await eventually(
        async () => (await rows<Counts>(sql))[0],
        (counts) =>
          counts?.waiting === 0 &&
          counts.unsent === 0 &&
          counts.arrived >= sentIds.size &&
          new Set(updates().map(({ messageId }) => messageId)).size >= counts.written,
      )
    },
    /** The decision over HTTP. */
    decide: async (body: object) => {
      const response = await fetch(`${web.url}/api/v1.0/decision`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      })
      return (await response.json()) as Record<string, unknown> // every answer is an object
    },
  }
}

/** Sends messages to the service: texts unchanged, other values as JSON. */
function createSender(client: AmqpClient, broker: TestBroker) {
  const sending: Promise<void>[] = []
  const sent: string[] = []
  return {
    /** The ids of all messages so far, by which they are stored. */
    sent,
    /** Waits until the broker has accepted them. */
    accepted: () => Promise.all(sending),
    send: (topic: string, body: unknown, messageId = `ID:${crypto.randomUUID()}`) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const message: Message = { message_id: messageId, to: topic, durable: true, body: text }
      sent.push(wrappedId(text) ?? messageId)
      sending.push(client.send(broker.topic(topic), [message]))
    },
  }
}

/** The id on the wrapping of a message. */
function wrappedId(text: string): string | undefined {
  return /^\{"topic":[^{]*"msg_id":"([^"]*)"/.exec(text)?.[1]
}

type Counts = { arrived: number; waiting: number; unsent: number; written: number }

/** `isOurs`: the condition for messages of this world. */
function countsSql(isOurs: string): string {
  return `select (select count(*)::int from inbox where ${isOurs}) as arrived,
    (select count(*)::int from inbox where state = 'new' and topic like '%.new') as waiting,
    (select count(*)::int from outbox where published_at is null) as unsent,
    (select count(*)::int from outbox) as written`
}

/** Reads a message about a changed decision. */
export function readUpdate({ message_id, body, application_properties }: Message): Update {
  const { msg, topic } = JSON.parse(String(body))
  return { messageId: String(message_id), msg, topic, properties: application_properties ?? {} }
}
