/** The queue store in PostgreSQL: BullMQ's own schema in our database. */
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Queue,
  quoteSchemaName,
  runMigrations,
  type Worker,
  withBackend,
} from 'bullmq'
import pg from 'pg'
import { WatchedClient } from '../src/lib/watched-client.ts'
import { QUEUE_NAMES } from './catalog.ts'
import type { QueueStore } from './store.ts'

/** Connections to PostgreSQL for what is not listening. */
const BESIDE_LISTENING = 8

/**
 * One pool for all queues and workers of the process. Each worker keeps one of its connections to listen for jobs; BullMQ would
 * open a pool for each queue and each worker, up to 80 connections in a process. Opens nothing until the first one is made.
 */
export function postgresStore(url: string): QueueStore {
  const classes = withBackend(createPostgresBackend)
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${quoteSchemaName(DEFAULT_SCHEMA)}`,
    max: QUEUE_NAMES.length + BESIDE_LISTENING,
    keepAlive: true,
    Client: WatchedClient,
  })
  pool.on('error', () => undefined)
  pool.setMaxListeners(0) // each queue and each worker adds one
  // Both backends give the same classes; only the type parameter for the backend differs.
  return {
    kind: 'postgres',
    async prepare() {
      const client = await pool.connect()
      await runMigrations(client, DEFAULT_SCHEMA).finally(() => client.release())
    },
    queue: (name, options) => new classes.Queue(name, { ...options, connection: pool }) as unknown as Queue,
    worker: (name, processor, options) =>
      new classes.Worker(name, processor as never, { ...options, connection: pool }) as unknown as Worker,
    close: () => pool.end(),
  }
}
