/** Everything but the build system misbehaves: an event waits and continues, or ends with a clear reason. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LabAdvisory } from '../../lab/catalogue/entry.ts'
import type { FaultRule } from '../../lab/fault-rule.ts'
import { type Database, openDatabase } from '../../src/db/orm.ts'
import { connectClient } from '../support/bus/amqp-client.ts'
import { STATUS_TOPIC, statusMessage } from '../support/bus/messages.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import { readEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import type { TestWorld } from '../support/lab/world.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { readProgress } from '../support/rebuild/progress.ts'
import { runningPipeline } from '../support/running-pipeline.ts'
import { startRedis } from '../support/servers/redis.ts'

const IMAGES = 8

describe('an event continues by itself', () => {
  it.each<FaultRule['service']>(['errata', 'pyxis', 'pulp'])('after %s was down', async (service) => {
    const { world, pipeline } = await runningPipeline({ catalogue: affectedImages(IMAGES) })
    world.lab.world.faults.push({ service, kind: 'status', until: Date.now() + 4000 })
    world.ship(ADVISORY)
    await expectAllBuilt(world, pipeline.ctx.db)
    const requests = [...world.lab.world.requests].filter(([operation]) => operation.startsWith(service))
    expect(requests.reduce((sum, [, times]) => sum + times, 0)).toBeGreaterThan(3)
  })

  it('after the database has dropped all connections, twice', async () => {
    const { world, pipeline } = await runningPipeline(slowWorld())
    // With a single connection, so that it terminates all sessions but its own.
    const observer = openDatabase(pipeline.ctx.databaseUrl, 1)
    onTestFinished(observer.close)
    await interfereTwice(world, observer, async () => {
      await observer.fork().execute(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`)
    })
    await expectAllBuilt(world, observer)
  })

  it('after the broker was restarted, twice', async () => {
    const { world, pipeline } = await runningPipeline(slowWorld())
    await interfereTwice(world, pipeline.ctx.db, world.bus.restart)
    await expectAllBuilt(world, pipeline.ctx.db)
  })

  it('after Redis was killed and restarted, twice', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    const { world, pipeline } = await runningPipeline(slowWorld(), { redisUrl: redis.url })
    await interfereTwice(world, pipeline.ctx.db, async () => {
      await redis.kill()
      await redis.start()
    })
    await expectAllBuilt(world, pipeline.ctx.db)
  })
})

describe('nothing is built, and the reason is stored, for', () => {
  it('an advisory that the policy does not allow', async () => {
    expect(await endOf(133002)).toEqual({
      state: 'SKIPPED',
      stateReason: 'Errata advisory 133002 is not allowed by internal policy to trigger rebuilds.',
    })
  })

  it('an advisory that affects no image', async () => {
    expect(await endOf(133003)).toEqual({
      state: 'SKIPPED',
      stateReason: "No container images to rebuild for advisory 'RHSA-2026:9150-02'",
    })
  })

  it('an advisory that the Errata Tool does not know', async () => {
    const { world, pipeline } = await runningPipeline({ catalogue: affectedImages(IMAGES) })
    const client = await connectClient(world.bus.url)
    await client.send(`topic://${STATUS_TOPIC}`, [statusMessage(999_999)])
    await client.close()
    const em = pipeline.ctx.db.fork()
    const rows = () => em.execute<{ state: string }[]>('select state, reason, event_id from inbox')
    expect(await eventually(rows, ([row]) => row !== undefined && row.state !== 'new')).toEqual([
      { state: 'failed', reason: 'The Errata Tool does not know advisory 999999.', event_id: null },
    ])
    expect(await em.execute('select 1 from events')).toEqual([])
  })
})

const slowWorld = () => ({
  catalogue: affectedImages(IMAGES),
  builder: { parallelism: 2, durationMs: () => 400 },
})

/** Once while images are built and again when most are done. */
async function interfereTwice(world: TestWorld, db: Database, interfere: () => Promise<void>): Promise<void> {
  world.ship(ADVISORY)
  for (const ended of [1, IMAGES - 3]) {
    await eventually(
      () => readProgress(world, db),
      (now) => now.ended >= ended,
    )
    await interfere()
  }
}

async function expectAllBuilt(world: TestWorld, db: Database): Promise<void> {
  const query = () => readEvent(db, ADVISORY)
  const event = await eventually(query, (now) => now?.ended ?? false, 400_000)
  if (!event) throw new Error('The event does not exist.')
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(await publishingErrors(world, db, event)).toEqual([])
}

/** Ships an advisory and returns the final state of its event. */
async function endOf(advisory: number): Promise<{ state: string; stateReason: string | null }> {
  const catalogue = affectedImages(IMAGES)
  const advisories = catalogue.advisories.map((item) => (item.id === 133003 ? critical(item) : item))
  const { world, pipeline } = await runningPipeline({ catalogue: { ...catalogue, advisories } })
  world.ship(advisory)
  const { state, stateReason, builds } = await pipeline.untilEnded(advisory)
  expect(builds).toEqual([])
  expectNoTasks(world)
  return { state, stateReason }
}

function critical(advisory: LabAdvisory): LabAdvisory {
  return { ...advisory, type: 'RHSA', securityImpact: 'Critical' }
}

function expectNoTasks({ lab }: TestWorld): void {
  expect(hubTasks(lab)).toEqual([])
}
