/** A Redis whose address leads to another server after a failover, while the first goes on as its replica. */
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { CATALOG } from '../../../queues/catalog.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'
import { startTcpProxy } from '../../support/bus/tcp-proxy.ts'
import { createTestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'
import { startRedis } from '../../support/servers/redis.ts'

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

async function redis() {
  const server = await startRedis()
  onTestFinished(server.stop)
  return new URL(server.url)
}

it('queues and workers follow the address to the new server', async () => {
  const [first, second] = [await redis(), await redis()]
  const address = { hostname: '127.0.0.1', port: first.port }
  const proxy = await startTcpProxy(address)
  onTestFinished(proxy.stop)
  const ctx = await createTestContext({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` })
  onTestFinished(ctx.drop)
  const ran: number[] = []
  const plan: WorkerOf<'plan'> = {
    run: async (_ctx, { eventId }) => void ran.push(eventId),
    giveUp: leaveDue,
  }
  const workers = await runWorkers(ctx, { ...IDLE, plan })
  onTestFinished(workers.stop)
  address.port = second.port
  const demoted = new Redis(first.href)
  onTestFinished(() => demoted.disconnect())
  await demoted.replicaof('127.0.0.1', Number(second.port))
  const enqueueAndCount = async () => {
    await ctx.queues.enqueue('plan', { eventId: 1 }).catch(() => undefined) // not connected to the second yet
    return ran.length
  }
  expect(await eventually(enqueueAndCount, (count) => count > 0)).toBeGreaterThan(0)
})
