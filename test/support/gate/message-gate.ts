/** The gate with the messages that its lab publishes: the test says when each is received and when its subject is decided. */

import { readMessage } from '../../../src/bus/messages/routes.ts'
import { type Gate, openGate } from '../../../src/commands/gate/open-gate.ts'
import { interpretMessage } from '../../../src/commands/intake/interpret-message.ts'
import { storeDeliveries } from '../../../src/commands/intake/store-deliveries.ts'
import { NotReady } from '../../../src/lib/errors.ts'
import { decideWith } from '../../../workers/decide.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import { type GateOptions, startGate } from './gate.ts'

/** A message as the lab published it. */
export type PublishedMessage = { topic: string; body: string }

/** A published change of a decision, as its outbox row has it. */
type Change = Record<'decision_context' | 'product_version' | 'subject_type' | 'summary', string> & {
  previous: { summary: string }
}

const MAX_BYTES = 100_000
const TABLES = ['inbox', 'outbox', 'subjects', 'service_troubles', 'waits', 'artifact_builds']

/** Starts the lab and the gate; call `reset` before each test. */
export async function startMessageGate(options: GateOptions = {}) {
  const world = await startGate(options)
  const { ctx } = world
  const gate = openGate(ctx)
  const messages: PublishedMessage[] = []
  let received = 0

  const rows = <T>(sql: string) => ctx.db.fork().execute<T[]>(sql)

  /** As ingest does. */
  async function store({ topic, body }: PublishedMessage): Promise<void> {
    received += 1
    const delivery = { messageId: `ID:${received}`, topic, body: Buffer.from(body), properties: {} }
    await storeDeliveries(ctx, [{ delivery, reading: readMessage(delivery, MAX_BYTES) }])
  }

  /** As intake does; a message whose subject waits for a service stays as it is. */
  async function interpretAll(): Promise<void> {
    const unread = "select id from inbox where state = 'new' and subject_id is null"
    for (const { id } of await rows<{ id: string }>(unread)) {
      await interpretMessage(ctx, Number(id)).catch((error) => {
        if (!(error instanceof NotReady)) throw error
      })
    }
  }

  return {
    ...world,
    gate,
    rows,
    /** What the lab has published and the gate has not received yet. */
    messages,
    store,
    /** Receives one message. */
    deliver: async (message: PublishedMessage | undefined) => {
      if (!message) throw new Error('The lab has not published this message')
      await store(message)
      await interpretAll()
    },
    /** Receives all `messages`. */
    deliverAll: async () => {
      for (const message of messages.splice(0)) await store(message)
      await interpretAll()
    },
    /** Runs the job of the subject of the oldest message that waits, as a worker does; returns whether there was one. */
    decideNext: async ({ isLast = false, by = gate }: { isLast?: boolean; by?: Gate } = {}) => {
      const [waiting] = await rows<{ subject_id: number; id: string }>(
        "select subject_id, id from inbox where state = 'new' and subject_id is not null order by id limit 1",
      )
      if (!waiting) return false
      const payload = { subjectId: waiting.subject_id, inboxId: Number(waiting.id) }
      await attempt(ctx, { queue: 'decide', worker: decideWith(by), payload, isLast })
      return true
    },
    /** The published changes in their order: what each is about by `key`, the summary before it and after it. */
    changesBy: async (key: keyof Omit<Change, 'previous'>): Promise<[string, string, string][]> => {
      const published = await rows<{ payload: { msg: Change } }>('select payload from outbox order by id')
      return published.map(({ payload: { msg } }) => [msg[key], msg.previous.summary, msg.summary])
    },
    /** The states of the received messages, in their order. */
    states: async () =>
      (await rows<{ state: string }>('select state from inbox order by id')).map(({ state }) => state),
    /** Restores the initial state, in which nothing was published or received. */
    reset: async () => {
      await world.reset()
      messages.length = 0
      world.world.bus.publish = (topic, body) => messages.push({ topic, body })
      for (const table of TABLES) await rows(`delete from ${table}`)
      await ctx.queues.byName.decide.obliterate({ force: true })
    },
  }
}

/** A running gate with its messages. */
export type MessageGate = Awaited<ReturnType<typeof startMessageGate>>
