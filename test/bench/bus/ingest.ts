/** Ingest: the cost of accepting a message only after it is stored. */
import { startIngest } from '../../../src/ingest/main.ts'
import { connectClient } from '../../support/bus/amqp-client.ts'
import { statusMessage } from '../../support/bus/messages.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from '../bench.ts'
import { show } from '../statistics.ts'
import { receiveBare } from './bare-receiver.ts'
import { type BenchBroker, BROKERS } from './brokers.ts'
import { createTally } from './tally.ts'

const MESSAGES = 30_000
/** The JIT compiler has optimized the code only after thousands of messages. */
const WARM_UP = 10_000
const BARE = 'bare'
const TARGET = { perSecond: 5000, share: 0.5 }

/** All receivers run in this process, one after the other, each on a separate queue with the same messages. */
export const ingest: Bench = {
  name: 'ingest',
  explains:
    'Messages per second, accepted after their row and job are stored, ' +
    'as a share of those of a bare receiver that stores nothing.',
  async run(stage) {
    const stores = await stage.queueStores()
    const lines: Line[] = []
    for (const open of BROKERS) {
      const broker = await open(stage, [BARE, ...stores.map((_store, index) => queueName(index))])
      await fill(broker)
      const bare = await receiveBare(broker.url, broker.queue(BARE), createTally(MESSAGES, WARM_UP))
      for (const [index, store] of stores.entries()) {
        const stored = await receiveAndStore(stage, broker, queueName(index), store)
        lines.push(lineOf(broker, store, stored, bare))
      }
    }
    return lines
  },
}

const queueName = (store: number) => `store${store}`

async function fill(broker: BenchBroker): Promise<void> {
  const client = await connectClient(broker.url)
  await client.send(
    broker.topic,
    Array.from({ length: MESSAGES }, (_none, n) => statusMessage(100_000 + n)),
  )
  await client.close()
}

/** `processorUs`: processor time of the receiving process for each message, which depends little on other load of the machine. */
type Stored = { perSecond: number; processorUs: number }

async function receiveAndStore(
  stage: Stage,
  broker: BenchBroker,
  queue: string,
  store: QueueStoreChoice,
): Promise<Stored> {
  const amqp = { AMQP_URL: broker.url, AMQP_SOURCES: broker.queue(queue) }
  const DATABASE_URL = await stage.newDatabase()
  const ctx = await createTestContext({ ...amqp, ...store.env, DATABASE_URL })
  const tally = createTally(MESSAGES, WARM_UP)
  const before = process.cpuUsage()
  const door = await startIngest(reportingContext(ctx, tally.add))
  try {
    const perSecond = await tally.perSecond
    const { user, system } = process.cpuUsage(before)
    await checkAllStored(ctx)
    return { perSecond, processorUs: (user + system) / MESSAGES }
  } finally {
    await door.stop()
    // The rows of the next broker have the same ids, and a job with an existing id would not be added.
    await ctx.queues.byName.intake.obliterate({ force: true })
    await ctx.close()
  }
}

/** The context, with a callback for messages whose jobs have just been stored: only accepting them remains. */
function reportingContext(ctx: TestContext, stored: (messages: number) => void): TestContext {
  const enqueueAll: TestContext['queues']['enqueueAll'] = async (name, items) => {
    await ctx.queues.enqueueAll(name, items)
    stored(items.length)
  }
  return { ...ctx, queues: { ...ctx.queues, enqueueAll } }
}

/** Checks that the counted messages were really stored; otherwise the number would be meaningless. */
async function checkAllStored(ctx: TestContext): Promise<void> {
  const [row] = await ctx.db.fork().execute<{ n: number }[]>('select count(*)::int as n from inbox')
  const jobs = await ctx.queues.byName.intake.getJobCountByTypes('waiting', 'prioritized')
  if (row?.n !== MESSAGES || jobs !== MESSAGES)
    throw new Error(`${MESSAGES} messages left ${row?.n} rows and ${jobs} jobs`)
}

function lineOf(broker: BenchBroker, store: QueueStoreChoice, stored: Stored, bare: number): Line {
  const { perSecond, processorUs } = stored
  return {
    what: `${broker.name}, ${store.name}`,
    measured: `${show(perSecond)} messages/s, ${show(processorUs)} µs of processor each`,
    compared: `x ${show(perSecond / bare)} of ${show(bare)}/s`,
    target: {
      text: `${show(TARGET.perSecond)}/s and x ${TARGET.share}`,
      met: perSecond >= TARGET.perSecond && perSecond / bare >= TARGET.share,
    },
    raw: { storedPerSecond: perSecond, barePerSecond: bare, processorUs },
  }
}
