/** Gathers the signs of life of queues, worker processes and the bus. */
import type { Context } from '../context.ts'
import { lastShippedMessage, readWatch } from '../db/queries/silence/advisory-watch.ts'
import { oldestDue, oldestOpenEvent, oldestRefused, workerProcesses } from '../db/queries/silence/signs.ts'
import type { SignsOfLife, SilenceLimits } from '../domain/silence.ts'

/** Five times what a queue needs to take up work after a crash, and six missed signs of life. */
const DUE_MS = 300_000
const WORKER_MS = 60_000

/** How long each may be silent. */
export function silenceLimits({ settings }: Pick<Context, 'settings'>): SilenceLimits {
  return { dueMs: DUE_MS, workerMs: WORKER_MS, quietMs: settings.file.quiet_after * 1000 }
}

/** Reads only. Once the comparison is off, its last result no longer counts, because nothing would ever update it. */
export async function gatherSigns({
  db,
  now,
  settings,
}: Pick<Context, 'db' | 'now' | 'settings'>): Promise<SignsOfLife> {
  const isWatching = settings.file.watch_missed !== 'off'
  const [due, workers, openSince, watch, lastShipped, refused] = await Promise.all([
    oldestDue(db.fork(), now()),
    workerProcesses(db.fork()),
    oldestOpenEvent(db.fork()),
    isWatching ? readWatch(db.fork()) : null,
    lastShippedMessage(db.fork()),
    oldestRefused(db.fork()),
  ])
  return { oldestDue: due, workers, openSince, watch, lastShipped, refused }
}
