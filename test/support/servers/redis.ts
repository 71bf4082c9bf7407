/** Starts a private redis-server from the system's packages, configured as for production: append-only, no eviction. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../../src/lib/loopback.ts'
import { removeFolder } from './remove-folder.ts'

const SERVER = '/usr/bin/redis-server'

/** Whether Redis is installed. */
export const hasRedis = existsSync(SERVER)

export type RedisServer = {
  url: string
  /** Deletes all data. */
  flush(): Promise<void>
  /** Kills it; `start` restores its data. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Starts a server on a free port, with these settings besides those for production, and waits until it answers. */
export async function startRedis(further: Record<string, string> = {}): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-redis-'))
  const url = `redis://127.0.0.1:${port}`
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    ...further,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  let server: ChildProcess | undefined

  const start = async () => {
    server = spawn(SERVER, args, { stdio: 'ignore' })
    await withClient(url, (client) => client.ping())
  }
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
  await start()
  return {
    url,
    flush: () => withClient(url, (client) => client.flushall()),
    kill,
    start,
    async stop() {
      await kill()
      await removeFolder(folder)
    },
  }
}

/** Runs `work` with a client that waits until the server is up. */
async function withClient(url: string, work: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 100, retryStrategy: () => 50 })
  client.on('error', () => undefined)
  await work(client)
  client.disconnect()
}
