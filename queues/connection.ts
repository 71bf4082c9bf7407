/** Chooses where the queues live: Redis when it is configured, else BullMQ's own schema in our PostgreSQL (decision 0004). */
import type { QueueStore } from './store.ts'

/** Chooses the backend from the settings and loads its code alone; opens nothing until the first queue or worker is made. */
export async function openQueueStore(redisUrl: string | undefined, databaseUrl: string): Promise<QueueStore> {
  if (redisUrl) return (await import('./redis.ts')).redisStore(redisUrl)
  return (await import('./postgres.ts')).postgresStore(databaseUrl)
}

/** One attempt to use Redis. @throws Error with the reason of Redis or of the connection, not that of the client */
export async function pingRedis(url: string): Promise<void> {
  const { ping } = await import('./redis.ts')
  await ping(url)
}
