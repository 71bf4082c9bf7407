/** The resources of one bench: databases, a Redis if available, and their release at the end. */
import { dropDatabase } from '../support/database/database.ts'
import { hasRedis, startRedis } from '../support/servers/redis.ts'
import type { Stage } from './bench.ts'
import type { DatabaseServer } from './history/database-server.ts'

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
  return {
    keep,
    newDatabase: async () => keep(await server.newDatabase(), dropDatabase),
    async queueStores() {
      const inPostgres = { name: 'queues in PostgreSQL', env: {} }
      if (!hasRedis) return [inPostgres]
      const redis = keep(await startRedis(), ({ stop }) => stop())
      return [inPostgres, { name: 'queues in Redis', env: { REDIS_URL: redis.url } }]
    },
    close() {
      closing ??= endAll().finally(() => {
        closing = undefined
      })
      return closing
    },
  }
}
