/** Queues on each of the two stores of jobs, and workers of them. */
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { CATALOG, type QueueName } from '../../../queues/catalog.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

/** The stores of jobs. */
export const STORES = ['redis', 'postgres'] as const

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }

/** Workers that do nothing. */
export const IDLE = Object.fromEntries(
  Object.keys(CATALOG).map((name) => [name, idle]),
) as unknown as WorkerTable // all names

/** Waits as long as even a busy machine may take. */
export const soon = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 200_000, interval: 20 })

/** Workers by queue; a function alone is a worker that gives nothing up. */
export type Runs = { [N in QueueName]?: WorkerOf<N>['run'] | WorkerOf<N> }

/** Opens the queues on a store for all tests of a `describe`; each test begins with empty queues and no workers. */
export function useQueuesOn(store: (typeof STORES)[number]) {
  let redis: RedisServer | undefined
  let ctx: TestContext
  let running: { stop(): Promise<void> } | undefined
  beforeAll(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    ctx = await createTestContext(redis ? { REDIS_URL: redis.url } : {})
  })
  afterEach(async () => {
    await running?.stop()
    running = undefined
    await Promise.all(Object.values(ctx.queues.byName).map((queue) => queue.obliterate({ force: true })))
  })
  afterAll(async () => {
    await ctx.drop()
    await redis?.stop()
  })
  return {
    get ctx() {
      return ctx
    },
    /** Starts workers. */
    work: async (runs: Runs) => {
      const workers = Object.entries(runs).map(([name, run]) => [
        name,
        typeof run === 'function' ? { run, giveUp: leaveDue } : run,
      ])
      running = await runWorkers(ctx, { ...IDLE, ...Object.fromEntries(workers) })
    },
  }
}
