/** Jobs that were delayed by a clock that was ahead: the sweep starts them once their delay is over. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jobIdOf, openQueues, type Queues } from '../../../queues/enqueue.ts'
import { createOverdueDelays } from '../../../queues/overdue-delays.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

const DELAY_MS = 60_000
const DAY_MS = 86_400_000
const DUE = { payload: { eventId: 1 } }
const ID = jobIdOf('plan', DUE.payload)

describe.each(['redis', 'postgres'] as const)('on %s', (store) => {
  let redis: RedisServer | undefined
  let ctx: TestContext
  let queues: Queues
  let timeMs: number

  beforeEach(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    ctx = await createTestContext(redis ? { REDIS_URL: redis.url } : {})
    timeMs = 0
    const isOverdue = createOverdueDelays(() => timeMs)
    queues = openQueues(ctx.queueStore, () => undefined, isOverdue)
  })
  afterEach(async () => {
    await queues.close()
    await ctx.drop()
    await redis?.stop()
  })

  /** Adds a delayed job as a machine whose clock is a day ahead. */
  const addDelayed = () =>
    queues.byName.plan.add('plan', DUE.payload, {
      jobId: ID,
      delay: DELAY_MS,
      timestamp: Date.now() + DAY_MS,
    })

  const sweepAt = async (ms: number) => {
    timeMs = ms
    await queues.requeue('plan', [DUE])
    return queues.byName.plan.getJobState(ID)
  }

  it('a job whose delay is over is started, not a day later', async () => {
    await addDelayed()
    expect(await sweepAt(0)).toBe('delayed')
    expect(await sweepAt(2 * DELAY_MS)).toBe('waiting')
  })

  it('a job is not started before its delay is over', async () => {
    await addDelayed()
    expect(await sweepAt(0)).toBe('delayed')
    expect(await sweepAt(DELAY_MS)).toBe('delayed')
  })
})
