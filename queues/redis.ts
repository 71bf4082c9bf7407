/** The queue store in Redis. */
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { QueueStore } from './store.ts'

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
  /** Why there is no connection; undefined while there is one. Kept because the error of a failed request names only an option of ioredis. */
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
    return new EndingRedis(all as RedisOptions & { replyMapping?: never }) // the types require an option that nothing here sets
  }

  override disconnect(reconnect = false): void {
    const isWaiting = this.status === 'reconnecting'
    super.disconnect(reconnect)
    if (!isWaiting || reconnect) return
    this.status = 'end'
    this.emit('end')
  }
}
