/** The queues on both stores: the same promises, whichever keeps the jobs. */
import { withBackend } from 'bullmq'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { CATALOG, type Payload, type QueueName } from '../../../queues/catalog.ts'
import { LISTENER, openListener } from '../../../queues/postgres-listener.ts'
import { withClient } from '../../../src/db/client.ts'
import { NotReady, Permanent, Skip, UpstreamError } from '../../../src/lib/errors.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { type GiveUpReason, leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createDatabase, dropDatabase } from '../../support/database/database.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

vi.setConfig({ testTimeout: 240_000 })
const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 200_000, interval: 20 })

describe.each(['redis', 'postgres'] as const)('on %s', (store) => {
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

  type Runs = { [N in QueueName]?: WorkerOf<N>['run'] | WorkerOf<N> }
  /** Starts workers; a function alone is a worker that gives nothing up. */
  const work = async (runs: Runs) => {
    const workers = Object.entries(runs).map(([name, run]) => [
      name,
      typeof run === 'function' ? { run, giveUp: leaveDue } : run,
    ])
    running = await runWorkers(ctx, { ...IDLE, ...Object.fromEntries(workers) })
  }

  it('is the configured store', () => {
    expect(ctx.queues.kind).toBe(store)
  })

  it('keeps one job for a payload that is added many times', async () => {
    for (let i = 0; i < 5; i += 1) await ctx.queues.enqueue('discover', { eventId: 1 })
    await ctx.queues.enqueueAll('discover', [{ payload: { eventId: 1 } }, { payload: { eventId: 2 } }])
    expect(await ctx.queues.byName.discover.getJobCounts('waiting')).toEqual({ waiting: 2 })
  })

  it('ends a job whose failure has a text that no database takes', async () => {
    await work({ poll: async () => Promise.reject(new Error('disk \0 full \ud800')) })
    await ctx.queues.enqueue('poll', { slot: 5 })
    await soon(async () => expect(await ctx.queues.byName.poll.getJobCounts('failed')).toEqual({ failed: 1 }))
    const [job] = await ctx.queues.byName.poll.getFailed()
    expect(job?.failedReason).toBe('disk \ufffd full \ufffd')
  })

  it('refuses a payload that the catalog does not know', async () => {
    const wrong = { eventId: 'one' } as unknown as Payload<'plan'>
    await expect(ctx.queues.enqueue('plan', wrong)).rejects.toThrow(/eventId/)
  })

  it('runs a job once, and again when it is added after its end', async () => {
    const seen: number[] = []
    await work({ plan: async (_ctx, { eventId }) => void seen.push(eventId) })
    await ctx.queues.enqueue('plan', { eventId: 7 })
    await soon(() => expect(seen).toEqual([7]))
    await soon(async () => expect(await ctx.queues.byName.plan.getJob('plan-7')).toBeUndefined())
    await ctx.queues.enqueue('plan', { eventId: 7 })
    await soon(() => expect(seen).toEqual([7, 7]))
  })

  it('takes the smallest priority number first', async () => {
    for (const [buildId, priority] of [
      [1, 30],
      [2, 10],
      [3, 20],
    ] as const)
      await ctx.queues.enqueue('submit', { buildId }, { priority })
    const started: number[] = []
    await work({ submit: async (_ctx, { buildId }) => void started.push(buildId) })
    await soon(() => expect(started).toEqual([2, 3, 1]))
  })

  it('holds a delayed job back until its time', async () => {
    const times: number[] = []
    await work({ plan: async () => void times.push(Date.now()) })
    const added = Date.now()
    await ctx.queues.enqueue('plan', { eventId: 8 }, { delayMs: 600 })
    await soon(() => expect(times).toHaveLength(1))
    expect((times[0] ?? 0) - added).toBeGreaterThanOrEqual(590)
  })

  it('postpones a job that is not ready without counting an attempt', async () => {
    let runs = 0
    const givenUp: GiveUpReason[] = []
    await work({
      plan: {
        run: async () => {
          runs += 1
          if (runs <= CATALOG.plan.attempts + 2) throw new NotReady('not yet', 20)
        },
        giveUp: async (_ctx, _payload, reason) => void givenUp.push(reason),
      },
    })
    await ctx.queues.enqueue('plan', { eventId: 9 })
    await soon(() => expect(runs).toBe(CATALOG.plan.attempts + 3))
    expect(givenUp).toEqual([])
  })

  it('ends a job at once when repeating cannot help, and keeps one that stays due with its reason', async () => {
    let runs = 0
    await work({
      plan: async () => {
        runs += 1
        throw new Permanent('never')
      },
    })
    await ctx.queues.enqueue('plan', { eventId: 10 })
    await soon(async () => {
      const job = await ctx.queues.byName.plan.getJob('plan-10')
      expect(await job?.isFailed()).toBe(true)
      expect(job?.failedReason).toBe('never')
    })
    expect(runs).toBe(1)
  })

  it('starts a failed job over when it is requeued, but not when it is only added again', async () => {
    let fail = true
    let runs = 0
    await work({
      plan: async () => {
        runs += 1
        if (fail) throw new Permanent('broken')
      },
    })
    await ctx.queues.enqueue('plan', { eventId: 11 })
    await soon(async () =>
      expect(await (await ctx.queues.byName.plan.getJob('plan-11'))?.isFailed()).toBe(true),
    )
    fail = false
    await ctx.queues.enqueue('plan', { eventId: 11 })
    expect(runs).toBe(1)
    await ctx.queues.requeue('plan', [{ payload: { eventId: 11 } }])
    await soon(() => expect(runs).toBe(2))
  })

  it('puts back lost jobs wherever they are, and leaves a long queue alone', async () => {
    const items = Array.from({ length: 1200 }, (_none, n) => ({ payload: { eventId: n + 1 } }))
    await ctx.queues.requeue('plan', items)
    const { plan } = ctx.queues.byName
    expect(await plan.getWaitingCount()).toBe(1200)
    const lookUps = vi.spyOn(plan, 'getJobState')
    await ctx.queues.requeue('plan', items)
    expect(lookUps.mock.calls.length).toBe(500)
    for (const lost of ['plan-3', 'plan-700', 'plan-1200']) await plan.remove(lost)
    await ctx.queues.requeue('plan', items)
    expect(await plan.getWaitingCount()).toBe(1200)
    await plan.remove('plan-1200') // behind a queue that is as it should be otherwise
    await ctx.queues.requeue('plan', items)
    expect(await plan.getWaitingCount()).toBe(1200)
    lookUps.mockRestore()
  })

  it.each([
    ['skip', new Skip('nothing to do')],
    ['permanent', new Permanent('never')],
  ] as const)('gives a job up at its first attempt when waiting will not help: %s', async (kind, error) => {
    const givenUp: GiveUpReason[] = []
    let runs = 0
    await work({
      plan: {
        run: async () => {
          runs += 1
          throw error
        },
        giveUp: async (_ctx, _payload, reason) => void givenUp.push(reason),
      },
    })
    await ctx.queues.enqueue('plan', { eventId: 12 })
    await soon(async () => expect(await ctx.queues.byName.plan.getJob('plan-12')).toBeUndefined())
    expect(givenUp).toMatchObject([{ kind, text: error.message }])
    expect(runs).toBe(1)
  })

  it('gives a job up once no attempt is left, with what went wrong', async () => {
    const givenUp: [number, GiveUpReason][] = []
    let runs = 0
    await work({
      plan: {
        run: async () => {
          runs += 1
          throw new Error('once more')
        },
        giveUp: async (_ctx, { eventId }, reason) => void givenUp.push([eventId, reason]),
      },
    })
    const { attempts } = CATALOG.plan
    await ctx.queues.byName.plan.add('plan', { eventId: 13 }, { jobId: 'plan-13', attempts })
    await soon(() => expect(givenUp).toHaveLength(1))
    expect(givenUp).toMatchObject([[13, { kind: 'out-of-attempts', text: 'once more' }]])
    expect(runs).toBe(attempts)
  })

  it('gives a job all its attempts again when it is started over', async () => {
    let runs = 0
    const givenUp: number[] = []
    const fail = async () => {
      runs += 1
      const code = runs === 2 ? '57P01' : undefined
      throw Object.assign(new Error('once more'), { code })
    }
    await work({ plan: { run: fail, giveUp: async () => void givenUp.push(runs) } })
    await ctx.queues.byName.plan.add('plan', { eventId: 15 }, { jobId: 'plan-15', attempts: 2 })
    await soon(async () =>
      expect(await (await ctx.queues.byName.plan.getJob('plan-15'))?.isFailed()).toBe(true),
    )
    await ctx.queues.requeue('plan', [{ payload: { eventId: 15 } }])
    await soon(() => expect(givenUp).toEqual([4]))
  })

  it('never gives a job up for a service that is away', async () => {
    let givenUp = 0
    await work({
      plan: {
        run: async () => {
          throw new UpstreamError({ service: 'Koji', failure: 'unreachable', detail: 'connection refused' })
        },
        giveUp: async () => {
          givenUp += 1
        },
      },
    })
    await ctx.queues.byName.plan.add('plan', { eventId: 14 }, { jobId: 'plan-14', attempts: 2 })
    await soon(async () =>
      expect(await (await ctx.queues.byName.plan.getJob('plan-14'))?.isFailed()).toBe(true),
    )
    expect(givenUp).toBe(0)
  })
})

describe('the workers of a process on postgres', () => {
  const listeners = async (ctx: TestContext) => {
    const sql = 'select pid from pg_stat_activity where datname = current_database() and application_name = ?'
    return (await ctx.db.fork().execute<{ pid: number }[]>(sql, [LISTENER])).map(({ pid }) => pid)
  }
  /** Without a notification it would look for jobs after ten minutes. */
  const PATIENT = { drainDelay: 600, concurrency: 1 }

  it('listen on one connection, and are found by it in every queue', async ({ onTestFinished }) => {
    const ctx = await createTestContext()
    onTestFinished(() => ctx.drop())
    const running = await runWorkers(ctx, IDLE)
    onTestFinished(running.stop)
    await soon(async () => expect(await listeners(ctx)).toHaveLength(1))
    const [pid] = await listeners(ctx)
    const workers = [{ id: String(pid), addr: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }]
    for (const queue of Object.values(ctx.queues.byName))
      expect(await queue.getWorkers()).toMatchObject(workers)
  })

  it('learn of jobs by notifications, also on the next connection when one has broken', async ({
    onTestFinished,
  }) => {
    const ctx = await createTestContext()
    onTestFinished(() => ctx.drop())
    const ran: string[] = []
    for (const name of ['discover', 'plan'] as const) {
      const worker = ctx.queueStore.worker(name, async () => void ran.push(name), PATIENT)
      worker.on('error', () => undefined)
      onTestFinished(() => worker.close())
      await worker.waitUntilReady()
    }
    const addBoth = async (eventId: number) => {
      await ctx.queues.enqueue('discover', { eventId })
      await ctx.queues.enqueue('plan', { eventId })
    }
    await addBoth(1)
    await soon(() => expect(ran.sort()).toEqual(['discover', 'plan']))

    const broken = await listeners(ctx)
    expect(broken).toHaveLength(1)
    await ctx.db.fork().execute('select pg_terminate_backend(?)', broken)
    await soon(async () => {
      const now = await listeners(ctx)
      expect(now).toHaveLength(1)
      expect(now).not.toEqual(broken)
    })
    await addBoth(2)
    await soon(() => expect(ran.sort()).toEqual(['discover', 'discover', 'plan', 'plan']))
  })

  it('go on when connections are lost as soon as they are opened', async ({ onTestFinished }) => {
    const url = await createDatabase()
    let isLosing = false
    const onConnect = async (client: pg.ClientBase) => {
      client.on('error', () => undefined)
      if (!isLosing) return
      const lost = new Promise((resolve) => client.once('end', resolve))
      await client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined)
      await lost
    }
    const settings = { connectionString: url, options: '-c search_path=bullmq', max: 4, onConnect } // a newer option than the types
    const pool = new pg.Pool(settings)
    const listener = openListener(pool)
    onTestFinished(async () => {
      await listener.close()
      await pool.end()
      await dropDatabase(url)
    })
    const { Queue, Worker } = withBackend(listener.createBackend)
    const ran: string[] = []
    const errors: string[] = []
    const options = { connection: pool, ...PATIENT, runRetryDelay: 100 }
    const worker = new Worker('plan', async ({ name }) => void ran.push(name), options)
    worker.on('error', ({ message }) => errors.push(message))
    onTestFinished(() => worker.close())
    await worker.waitUntilReady()
    expect(worker.maximumBlockTimeout).toBe(10) // seconds, after an error
    const queue = new Queue('plan', { connection: pool })
    queue.on('error', () => undefined)
    onTestFinished(() => queue.close())
    await queue.add('first', {})
    await soon(() => expect(ran).toEqual(['first']))

    isLosing = true
    await withClient(url, (client) =>
      client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      ),
    )
    await soon(() => expect(errors.some((text) => text.includes('not queryable'))).toBe(true))
    isLosing = false
    await soon(async () => {
      await queue.add('second', {}, { jobId: 'second' })
      expect(ran).toContain('second')
    })
  })
})
