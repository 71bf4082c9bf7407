/** The clock of the workers: one job for each slot of time, also after clocks were set back or where another machine's was ahead. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CATALOG } from '../../../../queues/catalog.ts'
import { enqueueSlot } from '../../../../workers/run/clock.ts'
import { runWorkers } from '../../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../../workers/run/worker.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts'

const EVERY_MS = 60_000
const BEHIND_MS = 5 * EVERY_MS
const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

describe.each(['redis', 'postgres'] as const)('on %s', (store) => {
  let redis: RedisServer | undefined
  let ctx: TestContext
  let running: { stop(): Promise<void> }
  let slots: number[]
  let problem: Error | undefined

  beforeEach(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    ctx = await createTestContext(redis ? { REDIS_URL: redis.url } : {})
    slots = []
    problem = undefined
    const sweep: WorkerOf<'sweep'> = {
      run: async (_ctx, { slot }) => {
        slots.push(slot)
        if (problem) throw problem
      },
      giveUp: leaveDue,
    }
    running = await runWorkers(ctx, { ...IDLE, sweep })
  })
  afterEach(async () => {
    await running.stop()
    await ctx.drop()
    await redis?.stop()
  })

  /** Enqueues a sweep by a clock that shows `now`, and waits until nothing is left of it to run. */
  const tick = async (now: Date) => {
    await enqueueSlot(ctx.queues, 'sweep', { now, everyMs: EVERY_MS })
    const left = () =>
      ctx.queues.byName.sweep.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')
    await eventually(left, (count) => count === 0)
  }

  it('runs one job in a slot, whichever process reminds of it', async () => {
    const now = new Date()
    for (let n = 0; n < 3; n += 1) await tick(now)
    expect(slots).toEqual([Math.floor(now.getTime() / EVERY_MS)])
  })

  it.each([
    ['done', undefined],
    ['failed', new Error('no database')],
  ])('runs again in a slot whose job was %s by a clock that was ahead', async (_end, error) => {
    // The job ends now, five minutes after its slot: so it is for a clock that was ahead and is right again.
    const then = new Date(Date.now() - BEHIND_MS)
    problem = error
    await tick(then)
    problem = undefined
    await tick(then)
    const slot = Math.floor(then.getTime() / EVERY_MS)
    expect(slots).toEqual([slot, slot])
  })
})
