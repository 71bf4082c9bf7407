/** The queue store in Redis. */
import { connect as connectTcp } from 'node:net'
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { QueueStore } from './store.ts'

const PING_MS = 5000
/** For what a server says at once to a client that it refuses. */
const FAREWELL_MS = 1000
/** Written to see whether Redis takes jobs; among the keys of BullMQ, so that an account that may use these may use it. */
const CHECK_KEY = 'bull:freshwave-check'
const CHECK_MS = 1000
/**
 * A connection to Redis on which an answer is this late counts as half-open and is replaced (decision 0048). Workers block for up
 * to 10 s while there is nothing to do.
 */
const SILENCE_MS = { queues: 5000, workers: 15_000 }

/** The pause before the next attempt to connect grows by a step each time, as by default in ioredis. */
const RETRY = { stepMs: 50, maxMs: 2000 }

/**
 * Whether this connection leads to a server that was replaced: after a failover the address may lead to another server, while the
 * replaced one continues as its replica and keeps its connections.
 */
const isReplaced = ({ message }: Error): boolean => message.startsWith('READONLY ')

/** Opens nothing until the first queue or worker is made. */
export function redisStore(url: string): QueueStore {
  let isEnding = false
  const retryStrategy = (times: number) => (isEnding ? null : Math.min(times * RETRY.stepMs, RETRY.maxMs))
  // A worker waits for Redis forever; a producer fails soon, so that its caller can report it and retry.
  const connect = (maxRetriesPerRequest: number | null, socketTimeout: number) => {
    const options = { maxRetriesPerRequest, socketTimeout, retryStrategy, reconnectOnError: isReplaced }
    const redis = new EndingRedis(url, { ...options, connectionName: 'freshwave', lazyConnect: true })
    redis.on('error', () => undefined)
    return redis
  }
  const forQueues = connect(1, SILENCE_MS.queues)
  const forWorkers = connect(null, SILENCE_MS.workers)
  /** Why there is no connection, undefined while there is one: a request that fails for it names only an option of ioredis. */
  let broken: Error | undefined
  forQueues.on('error', (error) => {
    broken = error
  })
  forQueues.on('ready', () => {
    broken = undefined
  })
  return {
    kind: 'redis',
    prepare: async () => undefined,
    queue: (name, options) => new Queue(name, { ...options, connection: forQueues }),
    worker: (name, processor, options) => new Worker(name, processor, { ...options, connection: forWorkers }),
    stopWaiting() {
      isEnding = true
    },
    check: async () => {
      await forQueues.set(CHECK_KEY, '1', 'PX', CHECK_MS).catch((error: Error) => {
        throw error.name === 'MaxRetriesPerRequestError' ? (broken ?? error) : error
      })
    },
    close: async () => {
      for (const redis of [forQueues, forWorkers]) redis.disconnect()
    },
  }
}

/**
 * ioredis never reports the end of a connection that is ended while it waits to connect again; BullMQ waits for that report when
 * a worker stops, forever.
 */
class EndingRedis extends Redis {
  override duplicate(options: Partial<RedisOptions> = {}): Redis {
    const all = { ...this.options, ...options }
    return new EndingRedis(all as RedisOptions & { replyMapping?: never }) // the types want that named, which nothing here sets
  }

  override disconnect(reconnect = false): void {
    const isWaiting = this.status === 'reconnecting'
    super.disconnect(reconnect)
    if (!isWaiting || reconnect) return
    this.status = 'end'
    this.emit('end')
  }
}

/** One attempt to use Redis. @throws Error with the reason of Redis or of the connection, not that of the client */
export async function ping(url: string): Promise<void> {
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
    const failure = reason ?? error
    throw (isHungUp(failure) ? await farewellOf(url) : undefined) ?? failure
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}

function isHungUp(error: unknown): boolean {
  return error instanceof Error && /EPIPE|ECONNRESET|Connection is closed/.test(error.message)
}

/** A Redis in protected mode says so and hangs up before it reads anything, so the failure is often that nothing could be written. */
function farewellOf(url: string): Promise<Error | undefined> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'redis:') return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connectTcp({ host, port: Number(port) || 6379, timeout: FAREWELL_MS })
    const end = (text = '') => {
      socket.destroy()
      resolve(text.startsWith('-') ? new Error(text.slice(1).trim()) : undefined)
    }
    socket.on('data', (data) => end(data.toString()))
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => end())
  })
}
