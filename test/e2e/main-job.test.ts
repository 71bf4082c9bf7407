/** The main job from the message in to the messages out, on both queue stores. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogueEntry } from '../../lab/catalogue/entry.ts'
import { exampleCatalogue } from '../../lab/catalogue/example.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'
import { type RedisServer, startRedis } from '../support/servers/redis.ts'

const CRITICAL = 133001
const entries = exampleCatalogue.images as readonly CatalogueEntry[] // the example is written as entries
const expected = (outcome: string) =>
  entries.filter((image) => image.expect === outcome).map((image) => image.nvr)

describe.each(['redis', 'postgres'] as const)('on %s', (store) => {
  let redis: RedisServer | undefined
  let world: TestWorld
  let pipeline: Pipeline
  let event: EndedEvent

  beforeAll(async () => {
    redis = store === 'redis' ? await startRedis() : undefined
    world = await startWorld({
      builder: {
        failures: {
          'nodejs-18-container': { times: 1, code: 2001, text: 'Image build failed.' },
          'openjdk-21-container': { times: 99, code: 2001, text: 'Image build failed.' },
        },
      },
    })
    pipeline = await startPipeline(world, { redisUrl: redis?.url })
    world.ship(CRITICAL)
    event = await pipeline.untilEnded(CRITICAL)
  })

  afterAll(async () => {
    await pipeline?.stop()
    await world?.stop()
    await redis?.stop()
  })

  it('builds every affected image and the ancestors they need, and nothing else', () => {
    const built = event.builds.map((build) => build.originalNvr).sort()
    expect(built).toEqual([...expected('rebuilt'), ...expected('dependency')].sort())
  })

  it('completes with the number of builds that failed', () => {
    const failed = event.builds.filter((build) => build.state === 'FAILED')
    expect(failed.length).toBeGreaterThan(1)
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${CRITICAL}: ${failed.length} of ${event.builds.length} container image(s) failed to rebuild.`,
    })
  })

  it('verifies by its metadata.json the image that the hub lists only in part, and notes nothing as gone', async () => {
    const partial = entries.filter(({ unimportedRpms }) => unimportedRpms).map(({ nvr }) => nvr)
    expect(partial).toHaveLength(1)
    expect(event.builds.find(({ originalNvr }) => originalNvr === partial[0])).toMatchObject({
      state: 'DONE',
    })
    expect(world.lab.world.requests.get('koji GET kojifiles')).toBe(1)
    const noted = 'select id from artifact_builds where verification_note is not null'
    expect(await pipeline.ctx.db.fork().execute(noted)).toEqual([])
  })

  it('tries a failed build again and keeps count', () => {
    const retried = event.builds.find((build) => build.originalNvr.startsWith('nodejs-18-container'))
    expect(retried).toMatchObject({ state: 'DONE', args: { retry_count: 1 } })
    const failed = event.builds.find((build) => build.originalNvr.startsWith('openjdk-21-container'))
    expect(failed).toMatchObject({
      state: 'FAILED',
      stateReason: 'Failed to build in Koji.',
      args: { retry_count: 3 },
    })
  })

  it('fails what is built on a failed build, with the reason', () => {
    const failed = event.builds.find((build) => build.originalNvr.startsWith('openjdk-21-container'))
    const dependants = event.builds.filter((build) => build.depOnId === failed?.id)
    expect(dependants.length).toBeGreaterThan(0)
    for (const build of dependants)
      expect(build).toMatchObject({
        state: 'FAILED',
        stateReason: 'Cannot build artifact, because its dependency cannot be built.',
        taskId: null,
      })
  })

  it('builds each image on the rebuilt image of its parent', () => {
    const tasks = [...world.lab.world.koji.tasks.values()].filter((task) => task.method === 'buildContainer')
    const byId = new Map(event.builds.map((build) => [build.id, build]))
    const checked = event.builds.filter((build) => build.state === 'DONE' && build.depOnId !== null)
    expect(checked.length).toBeGreaterThan(10)
    for (const build of checked) {
      const opts = tasks.find((task) => task.id === build.taskId)?.request[2] as {
        koji_parent_build?: string
      }
      expect(opts.koji_parent_build).toBe(byId.get(build.depOnId ?? 0)?.rebuiltNvr)
    }
  })

  it('publishes every change of state once, children before the parent whose failure they share', () => {
    const states = world.sent('event.state.changed').map(({ body }) => body.state_name)
    expect(states).toEqual(['BUILDING', 'COMPLETE'])
    expect(world.sent('event.state.changed.min')).toHaveLength(2)
    const ids = world.sent('build.state.changed').map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(ids.length)
    const ends = world.sent('build.state.changed').filter(({ body }) => body.state_name === 'FAILED')
    const failed = event.builds.find((build) => build.originalNvr.startsWith('openjdk-21-container'))
    expect(ends.at(-1)?.body.id).toBe(failed?.id)
    for (const build of event.builds) {
      const published = world.sent('build.state.changed').filter(({ body }) => body.id === build.id)
      expect(published.at(-1)?.body.state_name).toBe(build.state)
    }
  })

  it('submits no image twice for one try', () => {
    const tasks = [...world.lab.world.koji.tasks.values()].filter((task) => task.method === 'buildContainer')
    const keys = tasks.map(({ request }) => `${request[0]} ${(request[2] as { release: string }).release}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
