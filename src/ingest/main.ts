/** `npm run ingest`: receives messages from the bus and stores them in the inbox. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { pathToFileURL } from 'node:url'
import { readBrokers } from '../bus/broker.ts'
import { connectBus } from '../bus/connect.ts'
import { isDurable } from '../bus/receive.ts'
import type { Context } from '../context.ts'
import { runProcess } from '../process.ts'
import { receiveMessages } from './receive-messages.ts'

const CONSEQUENCE = 'no messages will be received; rebuilds can still be requested through the API'
const MAX_TIMER_MS = 2 ** 31 - 1

/** Starts to receive, without waiting for the broker to be reachable. Without a bus, logs that and does nothing. */
export async function startIngest(ctx: Context): Promise<{ stop(): Promise<void> }> {
  const { AMQP_URL, AMQP_SOURCES } = ctx.settings.env
  for (const [name, value] of Object.entries({ AMQP_URL, AMQP_SOURCES })) {
    if (value.length > 0) continue
    ctx.log.warn(`${name} is not set, ${CONSEQUENCE}`)
    return idle()
  }
  const bus = connectBus(readBrokers(ctx.settings.env), containerId(AMQP_SOURCES), ctx.log)
  const messages = receiveMessages(ctx, bus)
  return {
    async stop() {
      await messages.stop()
      await bus.close()
    },
  }
}

/** Keeps the process running, so that its supervisor does not restart it again and again. */
function idle(): { stop(): Promise<void> } {
  const timer = setInterval(() => undefined, MAX_TIMER_MS)
  return { stop: async () => clearInterval(timer) }
}

/**
 * A durable subscription belongs to a container id, so the id must be the same after a restart, and only one process
 * at a time can use it. Several processes can share queues instead (`queue://Consumer.freshwave.VirtualTopic.…`).
 */
function containerId(sources: readonly string[]): string {
  if (sources.some(isDurable)) return 'freshwave-ingest'
  return `freshwave-ingest-${hostname()}-${randomUUID().slice(0, 8)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runProcess('ingest', async (ctx, shutdown) => {
    const ingest = await startIngest(ctx)
    shutdown.add('ingest', ingest.stop)
  })
}
