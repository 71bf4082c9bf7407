/** The stage of one bench: its databases, a Redis where there is one, and the end of everything that is put on it. */
import { dropDatabase } from '../support/database.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import type { Stage } from './bench.ts'
import type { DatabaseServer } from './database-server.ts'

/** `close` ends everything that was put on the stage, last come first; called meanwhile, it waits for the same end. */
export function openStage(server: DatabaseServer): Stage & { close(): Promise<void> } {
  const ends: (() => Promise<unknown>)[] = []
  let closing: Promise<void> | undefined
  const endAll = async () => {
    // One that cannot be ended must not keep the others.
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
