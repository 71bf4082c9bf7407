/** The start of a process while connections break: each of them once, at several moments of its life. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CATALOG } from '../../queues/catalog.ts'
import { runWorkers } from '../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../workers/run/worker.ts'
import { startTcpProxy, type TcpProxy } from '../support/bus/tcp-proxy.ts'
import { createTestContext } from '../support/context.ts'
import { createDatabase, dropDatabase } from '../support/database/database.ts'
import { type RedisServer, startRedis } from '../support/servers/redis.ts'

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

/** When a connection breaks: as it is opened, in the middle of that, and after a few answers. */
const ANSWERS = [0, 1, 4]

describe.each(['redis', 'postgres'] as const)('queues in %s', (store) => {
  let redis: RedisServer | undefined
  let databaseUrl: string
  let proxy: TcpProxy
  let env: Record<string, string>

  beforeAll(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    databaseUrl = await createDatabase()
    proxy = await startTcpProxy(new URL(redis?.url ?? databaseUrl))
    const proxied = new URL(redis?.url ?? databaseUrl)
    proxied.port = String(proxy.port)
    env = { DATABASE_URL: databaseUrl, [redis ? 'REDIS_URL' : 'DATABASE_URL']: proxied.href }
  })
  afterAll(async () => {
    await proxy.stop()
    await dropDatabase(databaseUrl)
    await redis?.stop()
  })

  it.each(ANSWERS)('ends well whichever connection breaks after %i answers', async (answers) => {
    for (let n = 1, made = 1; n <= made; n += 1) {
      proxy.breakConnection(n, answers)
      expect(await hasRun(env, n), `connection ${n}`).toBe(true)
      made = proxy.connections()
    }
  })
})

/** Starts all workers, waits until a job has run, and stops. */
async function hasRun(env: Record<string, string>, eventId: number): Promise<boolean> {
  const ctx = await createTestContext(env)
  const done = Promise.withResolvers<boolean>()
  const plan: WorkerOf<'plan'> = { run: async () => done.resolve(true), giveUp: leaveDue }
  const workers = await runWorkers(ctx, { ...IDLE, plan })
  await vi.waitFor(() => ctx.queues.enqueue('plan', { eventId }), { timeout: 220_000 })
  await done.promise
  await workers.stop()
  await ctx.close()
  return true
}
