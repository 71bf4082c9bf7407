/** The resources of one bench: databases, folders, a Redis if available, and their release at the end. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dropDatabase } from '../support/database/database.ts'
import { hasRedis, startRedis } from '../support/servers/redis.ts'
import type { QueueStoreChoice, Stage } from './bench.ts'
import type { DatabaseServer } from './history/database-server.ts'

const IN_POSTGRES: QueueStoreChoice = { name: 'queues in PostgreSQL', env: {} }

/** `close` releases all resources in reverse order; a concurrent call waits for the same release. */
export function openStage(server: DatabaseServer): Stage & { close(): Promise<void> } {
  const ends: (() => Promise<unknown>)[] = []
  let closing: Promise<void> | undefined
  const endAll = async () => {
    // A part that cannot be released must not prevent the release of the others.
    for (let end = ends.pop(); end; end = ends.pop()) await end().catch(console.error)
  }
  const keep: Stage['keep'] = (part, end) => {
    ends.push(async () => end(part))
    return part
  }
  const inRedis = async (): Promise<QueueStoreChoice> => {
    const redis = keep(await startRedis(), ({ stop }) => stop())
    return { name: 'queues in Redis', env: { REDIS_URL: redis.url } }
  }
  return {
    keep,
    newDatabase: async () => keep(await server.newDatabase(), dropDatabase),
    newFolder() {
      const folder = mkdtempSync(join(tmpdir(), 'freshwave-bench-'))
      chmodSync(folder, 0o755)
      return keep(folder, (path) => rmSync(path, { recursive: true, force: true }))
    },
    queueStores: async () => (hasRedis ? [IN_POSTGRES, await inRedis()] : [IN_POSTGRES]),
    productionStore: async () => (hasRedis ? inRedis() : IN_POSTGRES),
    close() {
      closing ??= endAll().finally(() => {
        closing = undefined
      })
      return closing
    },
  }
}
