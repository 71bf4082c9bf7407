/** Chooses where the queues live: Redis when it is configured, else BullMQ's own schema in our PostgreSQL (decision 0004). */
import type { Probe } from './redis-probe.ts'
import type { RedisSettings } from './redis-tls.ts'
import type { QueueStore } from './store.ts'

/** Chooses the backend from the settings and loads its code alone; opens nothing until the first queue or worker is made. */
export async function openQueueStore(settings: RedisSettings, databaseUrl: string): Promise<QueueStore> {
  const { REDIS_URL: url, ...files } = settings
  if (url) return (await import('./redis.ts')).redisStore(url, files)
  return (await import('./postgres.ts')).postgresStore(databaseUrl)
}

/** One attempt to use Redis, see `redis-probe.ts`. @throws Error with the reason of Redis or of the connection, not that of the client */
export async function probeRedis(url: string, settings: RedisSettings): Promise<Probe> {
  const { probe } = await import('./redis-probe.ts')
  return probe(url, settings)
}
