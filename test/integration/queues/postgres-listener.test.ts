/** The one connection on which the workers of a process learn of jobs in PostgreSQL. */
import { withBackend } from 'bullmq'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { LISTENER, openListener } from '../../../queues/postgres-listener.ts'
import { withClient } from '../../../src/db/client.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createDatabase, dropDatabase } from '../../support/database/database.ts'
import { IDLE, soon } from '../../support/queues/stores.ts'

vi.setConfig({ testTimeout: 240_000 })

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
