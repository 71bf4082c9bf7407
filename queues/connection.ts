/** Chooses where the queues live: Redis when it is configured, else BullMQ's own schema in our PostgreSQL (decision 0004). */
import type { Probe } from './redis-probe.ts'
import type { QueueStore } from './store.ts'

/** Chooses the backend from the settings and loads its code alone; opens nothing until the first queue or worker is made. */
export async function openQueueStore(redisUrl: string | undefined, databaseUrl: string): Promise<QueueStore> {
  if (redisUrl) return (await import('./redis.ts')).redisStore(redisUrl)
  return (await import('./postgres.ts')).postgresStore(databaseUrl)
}

/** One attempt to use Redis, see `redis-probe.ts`. @throws Error with the reason of Redis or of the connection, not that of the client */
export async function probeRedis(url: string): Promise<Probe> {
  const { probe } = await import('./redis-probe.ts')
  return probe(url)
}
