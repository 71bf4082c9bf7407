/** Chooses where the queues live: Redis when it is configured, else BullMQ's own schema in our PostgreSQL (decision 0004). */
import {
  createPostgresBackend,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'

const SCHEMA = 'bullmq'
const PING_MS = 5000

/** Makes queues and workers on one backend; both look the same to the rest of the program. */
export type QueueStore = {
  kind: 'redis' | 'postgres'
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
  const connect = (maxRetriesPerRequest: number | null) => {
    const redis = new Redis(url, { maxRetriesPerRequest, connectionName: 'freshwave', lazyConnect: true })
    redis.on('error', () => undefined)
    return redis
  }
  const forQueues = connect(1)
  const forWorkers = connect(null)
  return {
    kind: 'redis',
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

/** pg reports a lost connection as an event too; BullMQ does not listen while it uses one, and the process would end. */
class CalmClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}

function postgresStore(url: string): QueueStore {
  const classes = withBackend(createPostgresBackend)
  const connection = { connectionString: url, schema: SCHEMA, migrate: true, max: 4, Client: CalmClient }
  // Both backends give the same classes; only the type parameter for the backend differs.
  return {
    kind: 'postgres',
    queue: (name, options) => new classes.Queue(name, { ...options, connection }) as unknown as Queue,
    worker: (name, processor, options) =>
      new classes.Worker(name, processor as never, { ...options, connection }) as unknown as Worker,
    close: async () => undefined,
  }
}
