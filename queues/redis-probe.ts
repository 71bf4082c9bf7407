/** One attempt to use Redis as the queues do, so that the start can report what keeps them from working. */
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Redis } from 'ioredis'
import { storeOutage } from '../src/lib/stores/store-outage.ts'
import { type RedisSettings, redisFailure, redisTls } from './redis-tls.ts'

const PATIENCE_MS = 5000
/** How long to wait for the text that a server sends to a client that it refuses. */
const FAREWELL_MS = 1000
/** Written as BullMQ writes: by a script, to several keys. */
const KEYS = ['bull:freshwave-start:1', 'bull:freshwave-start:2']
const SCRIPT = "return redis.call('set', KEYS[1], KEYS[2], 'PX', 1000)"

/** `evictionPolicy`: what the server does when its memory is full; only `noeviction` keeps all jobs. */
export type Probe = { evictionPolicy: string | undefined }

/**
 * One attempt to use Redis. A server that takes no jobs for a while, such as a full one, passes: the queues wait for it.
 * @throws Error with the reason of Redis or of the connection, not that of the client
 */
export async function probe(url: string, files: Omit<RedisSettings, 'REDIS_URL'> = {}): Promise<Probe> {
  const tls = redisTls({ ...files, REDIS_URL: url })
  const options = { ...tls, maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true }
  const redis = new Redis(url, options)
  let reason: Error | undefined
  redis.on('error', (error) => {
    reason = error
  })
  const timer = setTimeout(() => {
    reason = new Error(`no answer within ${PATIENCE_MS} ms`)
    redis.disconnect()
  }, PATIENCE_MS)
  try {
    await redis.connect()
    return await use(redis)
  } catch (error) {
    const failure = reason ?? error
    const farewell = isHungUp(failure) ? await farewellOf(url, tls?.tls) : undefined
    throw redisFailure(farewell ?? failure)
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}

async function use(redis: Redis): Promise<Probe> {
  const { db = 0 } = redis.options
  // A connection whose database is refused would continue with the first one, which may be that of another installation.
  if (db > 0) await redis.select(db)
  const info = await redis.info()
  await redis.eval(SCRIPT, KEYS.length, ...KEYS).catch((error: Error) => {
    if (/^(CROSSSLOT|MOVED) /.test(error.message))
      throw new Error(`it is a Redis Cluster, whose nodes cannot hold the queues (${error.message})`)
    if (!storeOutage(error)) throw error
  })
  return { evictionPolicy: /^maxmemory_policy:(.*?)\r?$/m.exec(info)?.[1] }
}

function isHungUp(error: unknown): boolean {
  return error instanceof Error && /EPIPE|ECONNRESET|Connection is closed/.test(error.message)
}

/**
 * A Redis in protected mode sends its reason and hangs up before it reads anything, and so does one that does not accept our
 * certificate: the error is often only that a write failed.
 */
function farewellOf(url: string, tls: ConnectionOptions | undefined): Promise<unknown> {
  const { protocol, hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const address = { host, port: Number(port) || 6379, timeout: FAREWELL_MS }
    const socket = protocol === 'redis:' ? connectTcp(address) : connectTls({ ...address, ...tls })
    const end = (reason?: unknown) => {
      socket.destroy()
      resolve(reason)
    }
    socket.on('data', (data) => {
      const text = data.toString()
      end(text.startsWith('-') ? new Error(text.slice(1).trim()) : undefined)
    })
    socket.on('error', (error) => end(isHungUp(error) ? undefined : error))
    for (const event of ['timeout', 'close']) socket.on(event, () => end())
  })
}
