/** Waits until one connection has come to a lock that another one holds, so that tests know the order of what happens. */
import type { Database } from '../../../src/db/orm.ts'
import { eventually } from '../eventually.ts'

/** The connections to the database that wait for a lock. */
export const WAITING = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

/** Returns when a connection to the database waits for a lock. */
export async function untilLockIsAwaited(db: Database): Promise<void> {
  await eventually(
    () => db.fork().execute<unknown[]>(`select ${WAITING}`),
    (waiting) => waiting.length > 0,
  )
}
