/** Compares the clock of this machine with that of the database, which all machines share. */
import type { Logger } from '../lib/log.ts'
import type { Database } from './orm.ts'

/** Far below the 6 s at which another machine may regard a claim as expired although it is still being renewed. */
const MAX_DIFFERENCE_MS = 2000

/** Logs a warning when the clocks differ: claims, waits and names of rebuilds carry times, and other machines read them. */
export async function compareClocks(
  { db, now }: { db: Pick<Database, 'fork'>; now: () => Date },
  log: Logger,
): Promise<void> {
  const before = now().getTime()
  const [row] = await db.fork().execute<{ at: string }[]>('select clock_timestamp() as at')
  const after = now().getTime()
  const database = new Date(row?.at ?? after).getTime()
  // The database read its clock at an unknown moment in between.
  const aheadMs = Math.max(before - database, 0) + Math.min(after - database, 0)
  if (Math.abs(aheadMs) > MAX_DIFFERENCE_MS)
    log.warn({ aheadMs }, 'the clock of this machine differs from that of the database')
}
