/** Ends a pool of connections to PostgreSQL without leaving a caller waiting. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** How often it looks whether the connections are idle. */
const LOOK_MS = 5

/**
 * Waits until no caller uses or waits for a connection, then ends all of them; later callers get an error. Safe to repeat.
 * `pool.end()` alone would never answer callers that wait for a connection.
 */
export async function endPool(pool: pg.Pool): Promise<void> {
  while (pool.waitingCount > 0 || pool.idleCount < pool.totalCount) await sleep(LOOK_MS)
  if (!pool.ending) await pool.end()
}
