/** The clock of the database, which all machines share: those of the machines may differ, and be set while they run (decision 0114). */
import { messageOf } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Database } from './orm.ts'

/** The time by which claims, waits and delays of all processes are written and judged. */
export type DatabaseClock = {
  /** By the clock of this machine before the first comparison. */
  now(): Date
  /** Sets it by the database. Logs a warning when the clock of this machine is found to differ, as logs and certificates depend on that. */
  compare(db: Pick<Database, 'fork'>, log: Logger): Promise<void>
}

/** A difference of the machine's clock that is logged. */
const MAX_DIFFERENCE_MS = 2000
/** An answer that takes longer says too little about the moment at which the database read its clock. */
const MAX_ANSWER_MS = 500
/** Another machine regards a claim that is not renewed as expired after 8 s. */
const COMPARE_EVERY_MS = 5000

/**
 * Between two comparisons it runs on by itself, so that it does not follow the clock of the machine when that is set.
 * @param machine the clock of this machine
 */
export function createDatabaseClock(machine = () => new Date()): DatabaseClock {
  let set = { time: machine().getTime(), at: performance.now(), isCompared: false }
  let isDifferent = false

  function report(aheadMs: number, log: Logger): void {
    const wasDifferent = isDifferent
    isDifferent = Math.abs(aheadMs) > MAX_DIFFERENCE_MS
    if (isDifferent && !wasDifferent)
      log.warn({ aheadMs }, 'the clock of this machine differs from that of the database')
    if (wasDifferent && !isDifferent) log.info('the clock of this machine agrees with that of the database')
  }

  return {
    now: () => new Date(set.time + performance.now() - set.at),
    async compare(db, log) {
      const before = { machine: machine().getTime(), at: performance.now() }
      const [row] = await db.fork().execute<{ at: string }[]>('select clock_timestamp() as at')
      const after = { machine: machine().getTime(), at: performance.now() }
      if (!row || (set.isCompared && after.at - before.at > MAX_ANSWER_MS)) return
      const time = new Date(row.at).getTime()
      set = { time, at: (before.at + after.at) / 2, isCompared: true }
      // The database read its clock at an unknown moment in between.
      report(Math.max(before.machine - time, 0) + Math.min(after.machine - time, 0), log)
    },
  }
}

/** Compares again and again; while the database is away, the clock runs on by itself. */
export function keepComparing(clock: DatabaseClock, db: Database, log: Logger): { stop(): Promise<void> } {
  let underWay: Promise<void> | undefined
  const compare = async () => {
    await clock
      .compare(db, log)
      .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'could not compare clocks'))
    underWay = undefined
  }
  const timer = setInterval(() => {
    underWay ??= compare()
  }, COMPARE_EVERY_MS)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await underWay
    },
  }
}
