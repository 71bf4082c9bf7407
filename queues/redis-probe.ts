/** One attempt to use Redis as the queues do, so that the start can report what keeps them from working. */
import { connect as connectTcp } from 'node:net'
import { Redis } from 'ioredis'
import { storeOutage } from '../src/lib/stores/store-outage.ts'

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
export async function probe(url: string): Promise<Probe> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true })
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
    throw (isHungUp(failure) ? await farewellOf(url) : undefined) ?? failure
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

/** A Redis in protected mode sends its reason and hangs up before it reads anything, so the error is often only that a write failed. */
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
