/** Fills a queue with jobs as BullMQ stores them, in a few large steps, as a million jobs require. */
import { Redis } from 'ioredis'
import pg from 'pg'

/** `workable`: jobs that a worker can take; in Redis the others are ids alone, which is all that is counted. */
type Filling = { queue: string; jobs: number; workable: number }

const AT_ONCE = 20_000

/** Adds the jobs in one statement. The tables of BullMQ exist once a queue has been used. */
export async function fillInPostgres(databaseUrl: string, { queue, jobs }: Filling): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `insert into bullmq.job (queue, id, seq, name, state, data, opts, priority, added_at_ms, max_attempts)
     select $1, $1 || '-' || n, n, $1, 'waiting', '{}', '{"removeOnComplete":true}', case when n % 2 = 0 then 0 else n end, 0, 1
       from generate_series(1, $2::int) n`,
    [queue, jobs],
  )
  await client.query('analyze bullmq.job')
  await client.end()
}

/** The list of waiting jobs; workers take from its right end. */
export async function fillInRedis(redisUrl: string, { queue, jobs, workable }: Filling): Promise<void> {
  const redis = new Redis(redisUrl)
  const key = (name: string) => `bull:${queue}:${name}`
  for (let first = 1; first <= jobs; first += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, jobs - first + 1) }, (_, n) => `${queue}-${first + n}`)
    await redis.lpush(key('wait'), ...ids)
  }
  const pipeline = redis.pipeline()
  for (let n = 1; n <= workable; n += 1)
    pipeline.hset(key(`${queue}-${n}`), {
      name: queue,
      data: '{}',
      opts: '{"removeOnComplete":true}',
      timestamp: 0,
      delay: 0,
      priority: 0,
    })
  await pipeline.exec()
  await redis.zadd(key('marker'), 0, '0') // wakes a waiting worker
  redis.disconnect()
}
