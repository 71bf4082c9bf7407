/** The service as it runs in production: ingest and worker as processes of their own, on one database and queue store. */
import { onTestFailed } from 'vitest'
import type { LabOptions } from '../../lab/start.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/orm.ts'
import { createEmptyDatabase, dropDatabase } from './database.ts'
import { type EndedEvent, readEvent } from './events.ts'
import { eventually } from './eventually.ts'
import { type RedisServer, startRedis } from './redis.ts'
import { type ServiceProcess, startProgram } from './service-process.ts'
import { startWorld, type TestWorld } from './world.ts'

/** A process of it. */
export type Part = 'ingest' | 'worker'

/** A running service in a world of its own. */
export type Service = {
  world: TestWorld
  /** A way into its database for the test. */
  db: Database
  /** SIGKILL, `between` if there is one, and a new process; does not wait until that is ready. */
  restart(part: Part, between?: () => Promise<void>): Promise<void>
  /** Forgets everything in the queue store while the service runs. */
  emptyQueues(): Promise<void>
  untilEnded(searchKey: number): Promise<EndedEvent>
  stop(): Promise<void>
}

const PATIENCE_MS = 120_000

/** Inside a test only: starts everything and waits until both processes are ready. */
export async function startService(store: 'redis' | 'postgres', lab: LabOptions): Promise<Service> {
  const world = await startWorld(lab)
  const url = await createEmptyDatabase()
  const db = openDatabase(url, 4)
  await migrate(db, url)
  const redis = store === 'redis' ? await startRedis() : undefined
  const env = { ...world.env, DATABASE_URL: url, LOG_LEVEL: 'info', ...(redis && { REDIS_URL: redis.url }) }
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
    async restart(part, between) {
      await parts[part].kill()
      await between?.()
      parts[part] = startProgram(part, env)
    },
    emptyQueues: () => (redis ? redis.flush() : deleteQueues(db)),
    async untilEnded(searchKey) {
      const ask = () => readEvent(db, searchKey)
      const event = await eventually(ask, (found) => found?.ended ?? false, PATIENCE_MS)
      if (!event) throw new Error('there is no such event')
      return event
    },
    stop: () => stopAll(Object.values(parts), { world, db, url, redis }),
  }
}

/** Every table of BullMQ's schema but the one that says which migrations it has had; row by row, so nobody is locked out. */
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
