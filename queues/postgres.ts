/** The queue store in PostgreSQL: BullMQ's own schema in our database. */
import { DEFAULT_SCHEMA, type Queue, quoteSchemaName, runMigrations, type Worker, withBackend } from 'bullmq'
import pg from 'pg'
import { endPool } from '../src/lib/stores/end-pool.ts'
import { notUpToDate } from '../src/lib/stores/not-up-to-date.ts'
import { watchedPool } from '../src/lib/stores/watched-pool.ts'
import { openListener } from './postgres-listener.ts'
import type { QueueStore } from './store.ts'

/** Connections to PostgreSQL of a process, without the one that listens for jobs. */
const STATEMENT_CONNECTIONS = 8

/**
 * All queues and workers of the process share one pool, one connection of which listens for jobs: BullMQ by itself would open a
 * pool for each of them, up to 80 connections in a process. Opens nothing until the first queue or worker is made.
 */
export function postgresStore(url: string): QueueStore {
  const { onPoolCreated, ...watched } = watchedPool({ search_path: quoteSchemaName(DEFAULT_SCHEMA) })
  const pool = new pg.Pool({
    connectionString: url,
    max: STATEMENT_CONNECTIONS + 1,
    keepAlive: true,
    ...watched,
  })
  onPoolCreated(pool)
  pool.on('error', () => undefined)
  pool.setMaxListeners(0) // each queue and each worker adds one
  const listener = openListener(pool)
  const classes = withBackend(listener.createBackend)
  // Both backends give the same classes; only the type parameter for the backend differs.
  return {
    kind: 'postgres',
    async prepare() {
      const client = await pool.connect()
      await runMigrations(client, DEFAULT_SCHEMA)
        .catch((error: unknown) => {
          throw notUpToDate('the tables of the queues', url, error)
        })
        .finally(() => client.release())
    },
    queue: (name, options) => new classes.Queue(name, { ...options, connection: pool }) as unknown as Queue,
    worker: (name, processor, options) =>
      new classes.Worker(name, processor as never, { ...options, connection: pool }) as unknown as Worker,
    stopWaiting: () => undefined, // each statement fails by itself
    check: async () => undefined, // the database has its own check
    async close() {
      await listener.close()
      await endPool(pool)
    },
  }
}
