/** The stage of one bench: databases on the benches' own PostgreSQL, a Redis where there is one, and their end. */
import { createEmptyDatabase, dropDatabase } from '../support/database.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import type { Stage } from './bench.ts'

/** `close` ends everything that was put on the stage; a second call does nothing. */
export function openStage(): Stage & { close(): Promise<void> } {
  const ends: (() => unknown)[] = []
  const keep: Stage['keep'] = (part, end) => {
    ends.push(() => end(part))
    return part
  }
  return {
    keep,
    newDatabase: async () => keep(await createEmptyDatabase(), dropDatabase),
    async queueStores() {
      const inPostgres = { name: 'queues in PostgreSQL', env: {} }
      if (!hasRedis) return [inPostgres]
      const redis = keep(await startRedis(), (server) => server.stop())
      return [inPostgres, { name: 'queues in Redis', env: { REDIS_URL: redis.url } }]
    },
    async close() {
      for (let end = ends.pop(); end; end = ends.pop()) await end()
    },
  }
}
