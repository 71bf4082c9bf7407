/** Chooses where the queues live: Redis when it is configured, else BullMQ's own schema in our PostgreSQL (decision 0004). */
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Processor,
  Queue,
  type QueueOptions,
  quoteSchemaName,
  runMigrations,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { WatchedClient } from '../src/lib/watched-client.ts'
import { QUEUE_NAMES } from './catalog.ts'

const PING_MS = 5000
/**
 * A connection to Redis on which an answer is this late is half-open, and is made anew (decision 0048). Workers block for up to
 * 10 s while there is nothing to do.
 */
const SILENCE_MS = { queues: 5000, workers: 15_000 }
/** Connections to PostgreSQL for what is not listening. */
const BESIDE_LISTENING = 8

/** Makes queues and workers on one backend; both look the same to the rest of the program. */
export type QueueStore = {
  kind: 'redis' | 'postgres'
  /** Creates the tables that the queues need, or brings them up to date; before the first queue. Safe to repeat and to run at once. */
  prepare(): Promise<void>
  queue(name: string, options: Omit<QueueOptions, 'connection'>): Queue
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker
  close(): Promise<void>
}

/** Chooses the backend from the settings; opens nothing until the first queue or worker is made. */
export function openQueueStore(redisUrl: string | undefined, databaseUrl: string): QueueStore {
  return redisUrl ? redisStore(redisUrl) : postgresStore(databaseUrl)
}

function redisStore(url: string): QueueStore {
  // A worker waits for Redis forever; a producer fails soon, so that its caller can report it and retry.
  const connect = (maxRetriesPerRequest: number | null, socketTimeout: number) => {
    const options = { maxRetriesPerRequest, socketTimeout, connectionName: 'freshwave', lazyConnect: true }
    const redis = new Redis(url, options)
    redis.on('error', () => undefined)
    return redis
  }
  const forQueues = connect(1, SILENCE_MS.queues)
  const forWorkers = connect(null, SILENCE_MS.workers)
  return {
    kind: 'redis',
    prepare: async () => undefined,
    queue: (name, options) => new Queue(name, { ...options, connection: forQueues }),
    worker: (name, processor, options) => new Worker(name, processor, { ...options, connection: forWorkers }),
    close: async () => {
      for (const redis of [forQueues, forWorkers]) redis.disconnect()
    },
  }
}

/** One attempt to use Redis. @throws Error with the reason of Redis or of the connection, not that of the client */
export async function pingRedis(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true })
  let reason: Error | undefined
  redis.on('error', (error) => {
    reason = error
  })
  const timer = setTimeout(() => {
    reason = new Error(`no answer within ${PING_MS} ms`)
    redis.disconnect()
  }, PING_MS)
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    throw reason ?? error
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}

/**
 * One pool for all queues and workers of the process. Each worker keeps one of its connections to listen for jobs; BullMQ would
 * open a pool for each queue and each worker, up to 80 connections in a process.
 */
function postgresStore(url: string): QueueStore {
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
