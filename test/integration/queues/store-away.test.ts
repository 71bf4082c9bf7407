/** A queue store that is away for a while: its workers stop all the same, and go on soon after it is back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { CATALOG } from '../../../queues/catalog.ts'
import { withinTime } from '../../../src/lib/async/deadline.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'
import { startTcpProxy, type TcpProxy } from '../../support/bus/tcp-proxy.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

/** The limit of a stop, that of `shutdown_grace_s`, and of a recovery. */
const LIMIT_MS = 10_000
/** How long the store is away before anything else happens: nothing reports that a worker was refused, which takes milliseconds. */
const OUTAGE_MS = 3000

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

describe.each(['redis', 'postgres'] as const)('queues in %s', (store) => {
  let redis: RedisServer | undefined
  let databaseUrl: string
  let proxy: TcpProxy
  let ctx: TestContext
  let workers: { stop(): Promise<void> }
  let ran: number[]
  /** Jobs that begin from now on take as long as this. */
  let lasting: Promise<void>
  const untilRun = (count: number) =>
    eventually(
      () => ran.length,
      (length) => length === count,
    )

  beforeEach(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    databaseUrl = await createDatabase()
    proxy = await startTcpProxy(new URL(redis?.url ?? databaseUrl))
    const url = new URL(redis?.url ?? databaseUrl)
    url.port = String(proxy.port)
    ctx = await createTestContext({
      DATABASE_URL: databaseUrl,
      [redis ? 'REDIS_URL' : 'DATABASE_URL']: url.href,
    })
    ran = []
    lasting = Promise.resolve()
    const plan: WorkerOf<'plan'> = {
      run: async (_ctx, { eventId }) => {
        ran.push(eventId)
        await lasting
      },
      giveUp: leaveDue,
    }
    workers = await runWorkers(ctx, { ...IDLE, plan })
    await ctx.queues.enqueue('plan', { eventId: 1 })
    await untilRun(1)
  })
  afterEach(async () => {
    await workers.stop()
    await ctx.close()
    await proxy.stop()
    await dropDatabase(databaseUrl)
    await redis?.stop()
  })

  const goAway = async () => {
    await proxy.close()
    await sleep(OUTAGE_MS)
  }

  it('let their workers stop while it is away', async () => {
    await goAway()
    await withinTime(workers.stop(), LIMIT_MS)
  })

  it('let their workers stop while connections are half-open and a job ends', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    lasting = promise
    await ctx.queues.enqueue('plan', { eventId: 2 })
    await untilRun(2)
    proxy.silence()
    resolve()
    await withinTime(workers.stop(), LIMIT_MS)
    proxy.drop()
  })

  it('are worked on soon after it is back', async () => {
    await goAway()
    await proxy.reopen()
    const enqueueAndCount = async () => {
      await ctx.queues.enqueue('plan', { eventId: 2 }).catch(() => undefined) // not connected yet
      return ran.length
    }
    await eventually(enqueueAndCount, (length) => length > 1, LIMIT_MS)
  })
})
