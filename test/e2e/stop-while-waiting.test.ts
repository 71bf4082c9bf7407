/** A worker that is stopped while a job waits for a service that does not answer: it ends cleanly, and the next one continues at once. */
import { expect, it, onTestFinished } from 'vitest'
import { EVENT_TYPES } from '../../src/domain/event.ts'
import { makeEvent } from '../factories.ts'
import { createTestContext } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { startWorld } from '../support/lab/world.ts'
import { startProgram } from '../support/programs/service-process.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { type RedisServer, startRedis } from '../support/servers/redis.ts'

it.each(['redis', 'postgres'] as const)('a worker stops cleanly with queues in %s', async (store) => {
  let redis: RedisServer | undefined
  if (store === 'redis') redis = await startRedis()
  onTestFinished(async () => void (await redis?.stop()))
  const world = await startWorld({ catalogue: affectedImages(5) })
  onTestFinished(world.stop)
  const ctx = await createTestContext(redis ? { REDIS_URL: redis.url } : {})
  onTestFinished(ctx.drop)
  const queues = redis && { REDIS_URL: redis.url }
  const env = { ...world.env, DATABASE_URL: ctx.databaseUrl, LOG_LEVEL: 'info', ...queues }
  world.lab.world.faults.push({ service: 'pyxis', kind: 'hang' })
  const eventId = await makeEvent(ctx, {
    state: 'INITIALIZED',
    searchKey: String(ADVISORY),
    eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent,
  })
  await ctx.queues.enqueue('discover', { eventId })
  const first = startProgram('worker', env)
  const isRequested = () =>
    [...world.lab.world.requests.keys()].some((request) => request.startsWith('pyxis '))
  await eventually(isRequested, (is) => is)

  const { code, output } = await first.stop()
  expect(output).toContain('"msg":"stopped"')
  expect(output).not.toContain('ending without waiting')
  expect(output).not.toContain('did not stop cleanly')
  expect(code).toBe(0)
  expect(await ctx.queues.byName.discover.getActiveCount()).toBe(0)

  world.lab.world.faults.length = 0
  const second = startProgram('worker', env)
  onTestFinished(async () => void (await second.kill()))
  const stateOf = async () => {
    const sql = 'select state from events where id = ?'
    const [row] = await ctx.db.fork().execute<{ state: number }[]>(sql, [eventId])
    return row?.state
  }
  await eventually(stateOf, (state) => state !== 0)
})
