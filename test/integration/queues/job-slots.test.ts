/** Jobs that are postponed again and again, each of which takes long, beside a queue of others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CATALOG } from '../../../queues/catalog.ts'
import { NotReady } from '../../../src/lib/errors.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names
const SLOTS = CATALOG.plan.concurrency
const OTHER = 1000

describe.each(['redis', 'postgres'] as const)('queues in %s', (store) => {
  let redis: RedisServer | undefined
  let ctx: TestContext

  beforeEach(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    ctx = await createTestContext(redis ? { REDIS_URL: redis.url } : {})
  })
  afterEach(async () => {
    await ctx.drop()
    await redis?.stop()
  })

  it('leave half of the slots to those that were not postponed', async () => {
    const attempts = new Map<number, number>()
    const hanging = Promise.withResolvers<void>()
    let back = 0
    const plan: WorkerOf<'plan'> = {
      run: async (_ctx, { eventId }) => {
        attempts.set(eventId, (attempts.get(eventId) ?? 0) + 1)
        if (eventId === OTHER) return
        if (attempts.get(eventId) === 1) throw new NotReady('not yet', 1)
        back += 1
        await hanging.promise
      },
      giveUp: leaveDue,
    }
    const workers = await runWorkers(ctx, { ...IDLE, plan })
    const ids = Array.from({ length: 2 * SLOTS }, (_, n) => n + 1)
    for (const eventId of ids) await ctx.queues.enqueue('plan', { eventId })
    const half = Math.floor(SLOTS / 2)
    await eventually(
      () => back,
      (count) => count >= half,
    )
    // The refused ones are refused at least once more.
    const waiting = async () => (await ctx.queues.byName.plan.getDelayed()).map((job) => job.attemptsStarted)
    await eventually(waiting, (starts) => starts.length === ids.length - half && starts.every((n) => n > 2))
    await ctx.queues.enqueue('plan', { eventId: OTHER })
    await eventually(
      () => attempts.has(OTHER),
      (has) => has,
    )
    expect(back).toBe(half)
    hanging.resolve()
    await eventually(
      () => back,
      (count) => count === ids.length,
    )
    await workers.stop()
  })
})
