/** Several worker processes on one queue store: none is special, and none is missed when it is gone. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import type { Told } from '../../support/queue-worker.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'

const PROGRAM = fileURLToPath(new URL('../../support/queue-worker.ts', import.meta.url))
const TAKEN_OVER_MS = 10_000
const DELAYED = Array.from({ length: 30 }, (_none, n) => 1000 + n)
const DELAY_MS = 45_000

describe.each(['redis', 'postgres'] as const)('worker processes on %s', (store) => {
  let redis: RedisServer | undefined
  let url: string
  let env: Record<string, string>
  let ctx: TestContext
  const children: ChildProcess[] = []
  /** The jobs that have begun, in all processes. */
  const began: { eventId: number; pid: number | undefined; at: number }[] = []

  beforeAll(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    url = await createEmptyDatabase()
    env = { DATABASE_URL: url, LOG_LEVEL: 'silent', ...(redis && { REDIS_URL: redis.url }) }
    ctx = await createTestContext(env)
  })
  afterAll(async () => {
    for (const child of children) await kill(child)
    await ctx.close()
    await dropDatabase(url)
    await redis?.stop()
  })

  const start = async (more: Record<string, string> = {}) => {
    const child = fork(PROGRAM, { env: { PATH: process.env['PATH'], ...env, ...more }, execArgv: [] })
    children.push(child)
    const ready = Promise.withResolvers<void>()
    child.on('message', (told: Told) => {
      if ('ready' in told) ready.resolve()
      else began.push({ eventId: told.began, pid: child.pid, at: Date.now() })
    })
    child.once('exit', () => ready.reject(new Error('the worker process has ended')))
    await ready.promise
    return child
  }
  const beginsOf = (eventId: number) => began.filter((begin) => begin.eventId === eventId)

  it('run every job that is delayed by a fraction of a millisecond more than 45 s, none before its time', async () => {
    await Promise.all([start(), start()])
    const dueAt = Date.now() + DELAY_MS
    const when = { delayMs: DELAY_MS + 0.3 }
    await ctx.queues.enqueueAll(
      'plan',
      DELAYED.map((eventId) => ({ payload: { eventId }, when })),
    )
    await eventually(
      () => DELAYED.filter((eventId) => beginsOf(eventId).length === 0),
      (missing) => missing.length === 0,
      DELAY_MS + 60_000,
    )
    expect(began.filter(({ at }) => at < dueAt)).toEqual([])
    expect(await ctx.queues.byName.plan.getJobCounts('delayed', 'failed')).toEqual({ delayed: 0, failed: 0 })
    for (const child of children.splice(0)) await kill(child)
  })

  it('take over the jobs of one that was killed within 10 s', async () => {
    const killed = await start({ HOLD: '1' })
    await ctx.queues.enqueue('plan', { eventId: 7 })
    await eventually(
      () => beginsOf(7).length,
      (begins) => begins === 1,
    )
    const other = await start()
    await kill(killed)
    await eventually(
      () => beginsOf(7).at(-1)?.pid,
      (pid) => pid === other.pid,
      TAKEN_OVER_MS,
    )
  })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
