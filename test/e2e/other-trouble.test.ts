/** Everything but the build system misbehaves: an event waits and goes on, or ends with the reason a person needs. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LabAdvisory } from '../../lab/catalogue/entry.ts'
import type { FaultRule } from '../../lab/fault-rule.ts'
import { type Database, openDatabase } from '../../src/db/orm.ts'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { connectClient } from '../support/amqp-client.ts'
import { readEvent } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks, twins } from '../support/hub-tasks.ts'
import { STATUS_TOPIC, statusMessage } from '../support/messages.ts'
import { lookAt } from '../support/progress.ts'
import { publishingErrors } from '../support/published-states.ts'
import { startRedis } from '../support/redis.ts'
import { runningPipeline } from '../support/running-pipeline.ts'
import type { TestWorld } from '../support/world.ts'

const IMAGES = 8

describe('an event goes on by itself', () => {
  it.each<FaultRule['service']>(['errata', 'pyxis', 'pulp'])('after %s was down', async (service) => {
    const { world, pipeline } = await runningPipeline({ catalogue: affectedImages(IMAGES) })
    world.lab.world.faults.push({ service, kind: 'unavailable', until: Date.now() + 4000 })
    world.ship(ADVISORY)
    await expectAllBuilt(world, pipeline.ctx.db)
    const asked = [...world.lab.world.requests].filter(([what]) => what.startsWith(service))
    expect(asked.reduce((sum, [, times]) => sum + times, 0)).toBeGreaterThan(3)
  })

  it('after the database has hung up on everybody, twice', async () => {
    const { world, pipeline } = await runningPipeline(slowWorld())
    // Of one connection, so that it ends all sessions but its own.
    const observer = openDatabase(pipeline.ctx.databaseUrl, 1)
    onTestFinished(observer.close)
    await meddleTwice(world, observer, async () => {
      await observer.fork().execute(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`)
    })
    await expectAllBuilt(world, observer)
  })

  it('after the broker was restarted, twice', async () => {
    const { world, pipeline } = await runningPipeline(slowWorld())
    await meddleTwice(world, pipeline.ctx.db, world.bus.restart)
    await expectAllBuilt(world, pipeline.ctx.db)
  })

  it('after Redis was killed and started, twice', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    const { world, pipeline } = await runningPipeline(slowWorld(), { redisUrl: redis.url })
    await meddleTwice(world, pipeline.ctx.db, async () => {
      await redis.kill()
      await redis.start()
    })
    await expectAllBuilt(world, pipeline.ctx.db)
  })
})

describe('nothing is built, and the reason is kept, for', () => {
  it('an advisory the policy does not allow', async () => {
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

  it('an advisory the Errata Tool does not know', async () => {
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

/** Once while images are built and once more when most are done. */
async function meddleTwice(world: TestWorld, db: Database, meddle: () => Promise<void>): Promise<void> {
  world.ship(ADVISORY)
  for (const ended of [1, IMAGES - 3]) {
    await eventually(
      () => lookAt(world, db),
      (now) => now.ended >= ended,
    )
    await meddle()
  }
}

async function expectAllBuilt(world: TestWorld, db: Database): Promise<void> {
  const ask = () => readEvent(db, ADVISORY)
  const event = await eventually(ask, (now) => now?.ended ?? false, 60_000)
  if (!event) throw new Error('there is no event')
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  expect(twins(world.lab)).toEqual([])
  expect(await publishingErrors(world, db, event)).toEqual([])
}

/** Ships one of the advisories and returns how its event ended. */
async function endOf(advisory: number): Promise<{ state: string; stateReason: string | null }> {
  const catalogue = affectedImages(IMAGES)
  const advisories = catalogue.advisories.map((one) => (one.id === 133003 ? critical(one) : one))
  const { world, pipeline } = await runningPipeline({ catalogue: { ...catalogue, advisories } })
  world.ship(advisory)
  const { state, stateReason, builds } = await pipeline.untilEnded(advisory)
  expect(builds).toEqual([])
  expectNothingAsked(world)
  return { state, stateReason }
}

function critical(advisory: LabAdvisory): LabAdvisory {
  return { ...advisory, type: 'RHSA', securityImpact: 'Critical' }
}

function expectNothingAsked({ lab }: TestWorld): void {
  expect(hubTasks(lab)).toEqual([])
}
