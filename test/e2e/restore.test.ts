/** A restored database beside a newer bus and an older queue store (docs/backup-and-restore.md). */
import { Redis } from 'ioredis'
import { expect, it, onTestFailed, onTestFinished } from 'vitest'
import { withClient } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/orm.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import { copyDatabase, createEmptyDatabase, dropDatabase } from '../support/database/database.ts'
import { readEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { runCommand } from '../support/programs/command-line.ts'
import { type ServiceProcess, startProgram } from '../support/programs/service-process.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { startRedis } from '../support/servers/redis.ts'

const IMAGES = 12

/** The service's processes on one database; `tasks` waits until the hub has that many of theirs. */
type Run = { world: TestWorld; redisUrl: string; start(url: string): Promise<void>; kill(): Promise<void> }

it('restored to the last commit, the event completes, and nothing happens twice', async () => {
  const { world, redisUrl, start, kill } = await open()
  const url = await emptyTables()
  await start(url)
  world.ship(ADVISORY)
  await tasks(world, 2)
  const older = await readJobs(redisUrl)
  await tasks(world, 6)
  await kill()
  const restored = await copy(url)
  world.ship(ADVISORY) // the bus goes on meanwhile: with this message, and with those of tasks that end
  await writeJobs(redisUrl, older)

  await start(restored)
  const { event, errors } = await untilComplete(world, restored)
  expectBuiltOnce(world, event)
  expect(errors).toEqual([])
})

it('restored from an older dump, which `freshwave restored` records, what was submitted since is taken over, and new messages have new ids', async () => {
  const { world, redisUrl, start, kill } = await open()
  const url = await emptyTables()
  await start(url)
  world.ship(ADVISORY)
  await tasks(world, 2)
  const older = await readJobs(redisUrl)
  await kill()
  const restored = await copy(url)
  const known = hubTasks(world.lab).length
  await start(url)
  await tasks(world, 8)
  await kill()
  expect(hubTasks(world.lab).length).toBeGreaterThan(known)
  const sent = new Set(world.sent('build.state.changed').map(({ messageId }) => messageId))
  await writeJobs(redisUrl, older)
  await recordRestore(restored)

  await start(restored)
  const written = await withClient(restored, (client) => client.query('select max(id) as max from outbox'))
  const { event } = await untilComplete(world, restored)
  expectBuiltOnce(world, event)
  const ids = await withClient(restored, (client) =>
    client.query('select id from outbox where id > $1', [written.rows[0].max]),
  )
  expect(ids.rows.length).toBeGreaterThan(0)
  expect(ids.rows.filter(({ id }) => sent.has(`freshwave-${id}`))).toEqual([])
})

it('restored from a dump without the event, it is opened again, and takes over what was submitted', async () => {
  const { world, start, kill } = await open()
  const url = await emptyTables()
  const lostFrom = new Date().toISOString()
  const restored = await copy(url)
  await start(url)
  world.ship(ADVISORY)
  const shippedAt = world.lab.world.advisories.get(ADVISORY)?.shippedAt
  await tasks(world, 8)
  await kill()
  await recordRestore(restored, '--lost-from', lostFrom)

  await start(restored)
  world.ship(ADVISORY)
  const advisory = world.lab.world.advisories.get(ADVISORY)
  if (advisory) world.lab.world.advisories.set(ADVISORY, { ...advisory, shippedAt }) // the message again, not the event
  const { event } = await untilComplete(world, restored)
  expectBuiltOnce(world, event)
})

async function recordRestore(url: string, ...args: string[]): Promise<void> {
  const { code, out, err } = await runCommand(['restored', ...args], { env: { DATABASE_URL: url } })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^Noted\. Before a build of an event that had started is submitted, Koji is searched/)
}

function expectBuiltOnce(world: TestWorld, event: { builds: readonly { state: string }[] }): void {
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
}

async function open(): Promise<Run> {
  const builder = { parallelism: 3, durationMs: () => 400 }
  const world = await startWorld({ catalogue: affectedImages(IMAGES), builder })
  onTestFinished(world.stop)
  const redis = await startRedis()
  onTestFinished(redis.stop)
  let parts: ServiceProcess[] = []
  const kill = async () => {
    await Promise.all(parts.map((part) => part.kill()))
  }
  onTestFinished(kill)
  onTestFailed(() => console.log(parts.map((part) => part.output()).join('\n')))
  const start = async (url: string) => {
    const env = { ...world.env, DATABASE_URL: url, REDIS_URL: redis.url, LOG_LEVEL: 'info' }
    parts = [startProgram('ingest', env), startProgram('worker', env)]
    await Promise.all(parts.map((part) => part.ready()))
  }
  return { world, redisUrl: redis.url, start, kill }
}

async function emptyTables(): Promise<string> {
  const url = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(url))
  const db = openDatabase(url, 2)
  await migrate(db, url)
  await db.close()
  return url
}

async function copy(url: string): Promise<string> {
  const restored = await copyDatabase(url)
  onTestFinished(() => dropDatabase(restored))
  return restored
}

const tasks = (world: TestWorld, count: number) =>
  eventually(
    () => hubTasks(world.lab).length,
    (length) => length >= count,
  )

async function untilComplete(world: TestWorld, url: string) {
  const db = openDatabase(url, 2)
  try {
    const event = await eventually(
      () => readEvent(db, ADVISORY),
      (found) => found?.ended === true,
    )
    if (!event) throw new Error('the event is gone')
    expect(event.state).toBe('COMPLETE')
    return { event, errors: await publishingErrors(world, db, event) }
  } finally {
    await db.close()
  }
}

/** `until`: when a lock expires, in milliseconds since 1970; 0: never. */
type Jobs = { key: string; value: Buffer; until: number }[]

/** Everything in the queue store. */
async function readJobs(url: string): Promise<Jobs> {
  const client = new Redis(url)
  const read = async (key: string) => {
    const [value, until] = await Promise.all([client.dumpBuffer(key), client.pexpiretime(key)])
    return value ? [{ key, value, until: Math.max(0, until) }] : [] // gone since
  }
  const jobs = await Promise.all((await client.keys('*')).map(read))
  client.disconnect()
  return jobs.flat()
}

/** Replaces everything in it; what has expired since then is left out, as a server does that starts with an older file. */
async function writeJobs(url: string, jobs: Jobs): Promise<void> {
  const client = new Redis(url)
  await client.flushall()
  for (const { key, value, until } of jobs.filter((job) => job.until === 0 || job.until > Date.now()))
    await client.restore(key, until, value, 'ABSTTL')
  client.disconnect()
}
