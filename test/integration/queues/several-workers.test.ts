/** Several worker processes on one queue store: none is special, and none is missed when it is gone. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'
import type { WorkerReport } from '../../support/programs/queue-worker.ts'
import { startRedis } from '../../support/servers/redis.ts'

const PROGRAM = fileURLToPath(new URL('../../support/programs/queue-worker.ts', import.meta.url))
const TAKEN_OVER_MS = 10_000
const DELAYED = Array.from({ length: 30 }, (_none, n) => 1000 + n)
const DELAY_MS = 45_000

/** A queue store with a database of its own; `start` starts a worker process on it. */
type Started = {
  ctx: TestContext
  start(more?: Record<string, string>): Promise<ChildProcess>
  /** The jobs that have begun, in all processes. */
  began: { eventId: number; pid: number | undefined; at: number }[]
}

/** Nothing but waiting, so all run beside each other. */
describe.concurrent.each(['redis', 'postgres'] as const)('worker processes on %s', (store) => {
  it('run every job that is delayed by a fraction of a millisecond more than 45 s, none before its time', async ({
    onTestFinished,
  }) => {
    const { ctx, start, began } = await startStore(store, onTestFinished)
    await Promise.all([start(), start()])
    const dueAt = Date.now() + DELAY_MS
    const when = { delayMs: DELAY_MS + 0.3 }
    await ctx.queues.enqueueAll(
      'plan',
      DELAYED.map((eventId) => ({ payload: { eventId }, when })),
    )
    await eventually(
      () => DELAYED.filter((eventId) => !began.some((begin) => begin.eventId === eventId)),
      (missing) => missing.length === 0,
      DELAY_MS + 60_000,
    )
    expect(began.filter(({ at }) => at < dueAt)).toEqual([])
    await eventually(
      () => ctx.queues.byName.plan.getJobCounts('active', 'delayed', 'failed', 'wait'),
      (counts) => Object.values(counts).every((count) => count === 0),
    )
  })

  it('take over the jobs of one that was killed within 10 s', async ({ onTestFinished }) => {
    const { ctx, start, began } = await startStore(store, onTestFinished)
    const killed = await start({ HOLD: '1' })
    await ctx.queues.enqueue('plan', { eventId: 7 })
    await eventually(
      () => began.length,
      (begins) => begins === 1,
    )
    const other = await start()
    await kill(killed)
    await eventually(
      () => began.at(-1)?.pid,
      (pid) => pid === other.pid,
      TAKEN_OVER_MS,
    )
  })
})

async function startStore(
  store: 'redis' | 'postgres',
  atEnd: (stop: () => Promise<void>) => void,
): Promise<Started> {
  const redis = store === 'redis' ? await startRedis() : undefined
  const url = await createEmptyDatabase()
  const env = { DATABASE_URL: url, LOG_LEVEL: 'silent', ...(redis && { REDIS_URL: redis.url }) }
  const ctx = await createTestContext(env)
  const children: ChildProcess[] = []
  const began: Started['began'] = []
  atEnd(async () => {
    await Promise.all(children.map(kill))
    await ctx.close()
    await dropDatabase(url)
    await redis?.stop()
  })
  const start = async (more: Record<string, string> = {}) => {
    const child = fork(PROGRAM, { env: { PATH: process.env['PATH'], ...env, ...more }, execArgv: [] })
    children.push(child)
    const ready = Promise.withResolvers<void>()
    child.on('message', (report: WorkerReport) => {
      if ('ready' in report) ready.resolve()
      else began.push({ eventId: report.began, pid: child.pid, at: Date.now() })
    })
    child.once('exit', () => ready.reject(new Error('the worker process has ended')))
    await ready.promise
    return child
  }
  return { ctx, start, began }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
