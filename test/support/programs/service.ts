/** The service as in production: ingest and worker as separate processes that share a database and a queue store. */
import { onTestFailed } from 'vitest'
import type { LabOptions } from '../../../lab/start.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { type Database, openDatabase } from '../../../src/db/orm.ts'
import { createDatabase, dropDatabase } from '../database/database.ts'
import { type EndedEvent, readEvent } from '../database/events.ts'
import { eventually } from '../eventually.ts'
import { startWorld, type TestWorld } from '../lab/world.ts'
import { checkAllExplained } from '../rebuild/standings.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type ServiceProcess, startProgram } from './service-process.ts'

/** The processes of the service. */
export type Part = 'ingest' | 'worker'

/** A running service with its own world. */
export type Service = {
  world: TestWorld
  /** The service's database, for the test to read. */
  db: Database
  /** The environment of its processes, for further processes that the test starts. */
  env: Record<string, string>
  /** SIGKILL, then `between` if given, then a new process; does not wait until that is ready. */
  restart(part: Part, between?: () => Promise<void>): Promise<void>
  /** Deletes everything in the queue store while the service runs. */
  emptyQueues(): Promise<void>
  untilEnded(searchKey: number): Promise<EndedEvent>
  stop(): Promise<void>
}

const PATIENCE_MS = 220_000
/** About one check a second, as in `pipeline.ts`. */
const LOOKS_PER_CHECK = 50

/** Starts everything and waits until both processes are ready. Call only inside a test. `settings` are added to the environment. */
export async function startService(
  store: 'redis' | 'postgres',
  lab: LabOptions,
  settings: Record<string, string> = {},
): Promise<Service> {
  const world = await startWorld(lab)
  const url = await createDatabase()
  const db = openDatabase(url, 4)
  const redis = store === 'redis' ? await startRedis() : undefined
  const queues = redis && { REDIS_URL: redis.url }
  const env = { ...world.env, ...settings, DATABASE_URL: url, LOG_LEVEL: 'info', ...queues }
  const parts: Record<Part, ServiceProcess> = {
    ingest: startProgram('ingest', env),
    worker: startProgram('worker', env),
  }
  await Promise.all([parts.ingest.ready(), parts.worker.ready()])
  onTestFailed(() => {
    for (const part of Object.values(parts)) console.log(part.output())
  })
  return {
    world,
    db,
    env,
    async restart(part, between) {
      await parts[part].kill()
      await between?.()
      parts[part] = startProgram(part, env)
    },
    emptyQueues: () => (redis ? redis.flush() : deleteQueues(db)),
    async untilEnded(searchKey) {
      const checkSettings = { env: readEnvironment(env), file: parseSettings('', 'test settings') }
      let looks = 0
      const read = async () => {
        const event = await readEvent(db, searchKey)
        looks += 1
        if (event && (event.ended || looks % LOOKS_PER_CHECK === 0))
          await checkAllExplained({ db, settings: checkSettings, now: () => new Date() }, event.id)
        return event
      }
      const event = await eventually(read, (found) => found?.ended ?? false, PATIENCE_MS)
      if (!event) throw new Error(`no event for advisory ${searchKey}`)
      return event
    },
    stop: () => stopAll(Object.values(parts), { world, db, url, redis }),
  }
}

/** Empties every table of BullMQ's schema except the list of applied migrations; `delete` takes no table lock. */
async function deleteQueues(db: Database): Promise<void> {
  const sql =
    "select tablename as name from pg_tables where schemaname = 'bullmq' and tablename !~ 'migration'"
  const tables = await db.fork().execute<{ name: string }[]>(sql)
  for (const { name } of tables) await db.fork().execute(`delete from bullmq."${name}"`)
}

async function stopAll(
  processes: ServiceProcess[],
  parts: { world: TestWorld; db: Database; url: string; redis: RedisServer | undefined },
): Promise<void> {
  await Promise.all(processes.map((process) => process.kill()))
  await parts.db.close()
  await dropDatabase(parts.url)
  await parts.redis?.stop()
  await parts.world.stop()
}
