/** The end of a pool of connections to PostgreSQL. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** How often it looks whether the connections are idle. */
const LOOK_MS = 5

/**
 * Waits for what uses a connection or still waits for one, then ends them all; whatever comes later fails, and a repeat
 * does nothing. A pool that ends by itself never answers those who wait for a connection.
 */
export async function endPool(pool: pg.Pool): Promise<void> {
  while (pool.waitingCount > 0 || pool.idleCount < pool.totalCount) await sleep(LOOK_MS)
  if (!pool.ending) await pool.end()
}
