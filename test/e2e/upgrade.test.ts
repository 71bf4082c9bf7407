/** A rolling upgrade: the last release runs on the present tables, and its processes are replaced one by one while messages flow. */
import { afterAll, beforeAll, expect, it, onTestFailed, onTestFinished } from 'vitest'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/orm.ts'
import { freePort } from '../../src/lib/loopback.ts'
import { STATUS_TOPIC, statusBody } from '../support/bus/messages.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import { createEmptyDatabase, dropDatabase } from '../support/database/database.ts'
import { readEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type PreviousRelease, unpackPreviousRelease } from '../support/programs/previous-release.ts'
import { type Program, type ServiceProcess, startProgram } from '../support/programs/service-process.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { readProgress } from '../support/rebuild/progress.ts'
import { startRedis } from '../support/servers/redis.ts'

const IMAGES = 40
const PATIENCE_MS = 400_000
/** The interval between messages about other advisories that only have to be received. */
const TALK_EVERY_MS = 100
/** One build at a time, so slowly that the event is still under way when the last process is replaced on a busy machine. */
const SLOW_MS = 5000
const QUICK_MS = 20
const PARTS: Program[] = ['web', 'ingest', 'worker', 'worker']

let release: PreviousRelease
beforeAll(() => {
  release = unpackPreviousRelease()
})
afterAll(() => release.remove())

it.each(['redis', 'postgres'] as const)(
  'loses nothing and does nothing twice while the processes are replaced, with queues on %s',
  async (store) => {
    const pace = { ms: SLOW_MS }
    const { world, db, env } = await prepare(store, pace)
    const parts = await Promise.all(PARTS.map((part) => start(part, env, release.root)))
    const talk = startTalk(world)
    world.ship(ADVISORY)
    for (const [index, program] of PARTS.entries()) {
      const due = 1 + index * 2
      await eventually(
        () => readProgress(world, db),
        ({ ended }) => ended >= due,
        PATIENCE_MS,
      )
      const successor = await start(program, env)
      expect(await parts[index]?.process.stop()).toMatchObject({ code: 0 })
      expect(parts[index]?.process.output()).not.toContain('did not stop cleanly')
      parts[index] = successor
    }
    expect((await readProgress(world, db)).ended).toBeLessThan(IMAGES)
    pace.ms = QUICK_MS
    const event = await eventually(
      () => readEvent(db, ADVISORY),
      (found) => found?.ended ?? false,
      PATIENCE_MS,
    )
    if (!event) throw new Error('no event')
    const talked = talk.end()
    const stored =
      'select count(*)::int as n, count(distinct message_id)::int as ids from inbox where message_id like ?'
    const [rows] = await eventually(
      () => db.fork().execute<{ n: number; ids: number }[]>(stored, ['talk-%']),
      ([found]) => (found?.n ?? 0) >= talked,
    )
    expect(rows).toEqual({ n: talked, ids: talked })
    expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
    expect(duplicateKeys(world.lab)).toEqual([])
    expect(hubTasks(world.lab)).toHaveLength(IMAGES)
    expect(await publishingErrors(world, db, event)).toEqual([])
    const sent = (['build.state.changed', 'event.state.changed', 'event.state.changed.min'] as const).flatMap(
      (topic) => world.sent(topic).map(({ messageId }) => messageId),
    )
    expect(sent).toHaveLength(new Set(sent).size)
    const shown = await fetch(`http://127.0.0.1:${parts[0]?.port}/api/2/events/${event.id}`)
    expect(await shown.json()).toMatchObject({ id: event.id, state_name: 'COMPLETE' })
  },
)

/** A world, a database with the present tables, and the environment of the processes. */
async function prepare(store: 'redis' | 'postgres', pace: { ms: number }) {
  const world = await startWorld({
    catalogue: affectedImages(IMAGES),
    builder: { parallelism: 1, durationMs: () => pace.ms },
  })
  onTestFinished(world.stop)
  const url = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(url))
  const db: Database = openDatabase(url, 4)
  onTestFinished(db.close)
  await migrate(db, url)
  const redis = store === 'redis' ? await startRedis() : undefined
  if (redis) onTestFinished(redis.stop)
  const env = { ...world.env, DATABASE_URL: url, LOG_LEVEL: 'info', ...(redis && { REDIS_URL: redis.url }) }
  return { world, db, env }
}

/** Starts a program and waits until it is ready; killed at the end of the test if it still runs. */
async function start(
  program: Program,
  env: Record<string, string>,
  root?: string,
): Promise<{ process: ServiceProcess; port: number }> {
  const port = await freePort()
  const process = startProgram(program, { ...env, PORT: String(port) }, [], root)
  onTestFinished(async () => {
    await process.kill()
  })
  onTestFailed(() => console.log(process.output()))
  await process.ready()
  return { process, port }
}

/** Publishes messages that open no event until `end`, which returns how many. */
function startTalk(world: TestWorld): { end(): number } {
  let count = 0
  const timer = setInterval(() => {
    count += 1
    const body = JSON.stringify(statusBody(900_000 + count, 'REL_PREP'))
    world.bus.publish(STATUS_TOPIC, body, { messageId: `talk-${count}` })
  }, TALK_EVERY_MS)
  return {
    end: () => {
      clearInterval(timer)
      return count
    },
  }
}
