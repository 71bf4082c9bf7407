/** The queue store in Redis. */
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { withinTime } from '../src/lib/async/deadline.ts'
import { type RedisSettings, redisFailure, redisTls } from './redis-tls.ts'
import type { QueueStore } from './store.ts'

/** Written to see whether Redis takes jobs; among the keys of BullMQ, so that an account that may use these may use it. */
const CHECK_KEY = 'bull:freshwave-check'
const CHECK_MS = 1000
/**
 * A connection to Redis on which an answer is this late counts as half-open and is replaced (decision 0048). Workers block for up
 * to 10 s while there is nothing to do.
 */
const SILENCE_MS = { queues: 5000, workers: 15_000 }

/** The same while workers stop, which must not take long. */
const STOP_PATIENCE_MS = 3000

/** The pause before the next attempt to connect grows by a step each time, as by default in ioredis. */
const RETRY = { stepMs: 50, maxMs: 2000 }

/**
 * Whether this connection leads to a server that was replaced: after a failover the address may lead to another server, while the
 * replaced one continues as its replica and keeps its connections.
 */
const isReplaced = ({ message }: Error): boolean => message.startsWith('READONLY ')

/** Opens nothing until the first queue or worker is made. @param files those of the settings for TLS */
export function redisStore(url: string, files: Omit<RedisSettings, 'REDIS_URL'> = {}): QueueStore {
  const tls = redisTls({ ...files, REDIS_URL: url })
  let isEnding = false
  const retryStrategy = (times: number) => (isEnding ? null : Math.min(times * RETRY.stepMs, RETRY.maxMs))
  // A worker waits for Redis forever; a producer fails soon, so that its caller can report it and retry.
  const connect = (maxRetriesPerRequest: number | null, socketTimeout: number) => {
    const options = {
      ...tls,
      maxRetriesPerRequest,
      socketTimeout,
      retryStrategy,
      reconnectOnError: isReplaced,
    }
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
      for (const redis of [forQueues, forWorkers]) void endIfSilent(redis)
    },
    check: async () => {
      await forQueues.set(CHECK_KEY, '1', 'PX', CHECK_MS).catch((error: Error) => {
        throw redisFailure(error.name === 'MaxRetriesPerRequestError' ? (broken ?? error) : error)
      })
    },
    close: async () => {
      for (const redis of [forQueues, forWorkers]) redis.disconnect()
    },
  }
}

/**
 * Ends a half-open connection while workers stop: a job whose end cannot be noted would hold up the process until it is killed. Another
 * process takes that job over.
 */
async function endIfSilent(redis: Redis): Promise<void> {
  await withinTime(redis.ping(), STOP_PATIENCE_MS).catch(() => redis.disconnect())
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
