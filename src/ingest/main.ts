/** `npm run ingest`: receives messages from the bus into the inbox. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { pathToFileURL } from 'node:url'
import { readBrokers } from '../bus/broker.ts'
import { connectBus } from '../bus/connect.ts'
import { isDurable } from '../bus/receive.ts'
import type { Environment } from '../config/env.ts'
import type { Context } from '../context.ts'
import { refuseArguments } from '../lib/refuse-arguments.ts'
import { runProcess } from '../process.ts'
import { receiveMessages } from './receive-messages.ts'

const WHAT_IS_UNSET = 'no messages will be received'
const FOREVER_MS = 2 ** 31 - 1

/** Starts to receive, and does not wait for the broker to be there. Without a bus it logs that and does nothing. */
export async function startIngest(ctx: Context): Promise<{ stop(): Promise<void> }> {
  const { AMQP_URL, AMQP_SOURCES } = ctx.settings.env
  for (const [name, value] of Object.entries({ AMQP_URL, AMQP_SOURCES })) {
    if (value.length > 0) continue
    ctx.log.warn(`${name} is not set, ${WHAT_IS_UNSET}`)
    return idle()
  }
  const bus = connectBus(readBrokers(ctx.settings.env), containerId(ctx.settings.env), ctx.log)
  const messages = receiveMessages(ctx, bus)
  return {
    async stop() {
      await messages.stop()
      await bus.close()
    },
  }
}

/** Keeps the process up, so that a supervisor does not restart it over and over. */
function idle(): { stop(): Promise<void> } {
  const timer = setInterval(() => undefined, FOREVER_MS)
  return { stop: async () => clearInterval(timer) }
}

/**
 * A durable subscription belongs to a container id, so that must be the same after a restart; only one process may
 * then use it at a time, and each installation on a broker needs its own. Several processes share queues
 * (`queue://Consumer.freshwave.VirtualTopic.…`) instead.
 */
function containerId({ AMQP_SOURCES, AMQP_CONTAINER_ID: name }: Environment): string {
  if (AMQP_SOURCES.some(isDurable)) return name
  return `${name}-${hostname()}-${randomUUID().slice(0, 8)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  refuseArguments('npm run ingest')
  await runProcess('ingest', async (ctx, shutdown) => {
    const ingest = await startIngest(ctx)
    shutdown.add('ingest', ingest.stop)
  })
}
