/** Background task of every process: adds its counters to the sums in the database. */
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Metrics } from '../../lib/metrics/metrics.ts'
import type { Database } from '../orm.ts'
import { flushCounters } from './metric-counters.ts'
import { compactRowCounts } from './row-counts.ts'

const INTERVAL_MS = 5000

/** Stores this process's counters every few seconds, and once more when stopped; each process starts this once. */
export function startFlushing(parts: { db: Database; metrics: Metrics; log: Logger }): {
  stop(): Promise<void>
} {
  const keep = async () => {
    try {
      await flushCounters(parts)
      await compactRowCounts(parts.db)
    } catch (error) {
      parts.log.warn({ reason: messageOf(error) }, 'could not store counters, will retry')
    }
  }
  let work = Promise.resolve()
  const next = () => {
    work = work.then(keep)
    return work
  }
  const timer = setInterval(() => void next(), INTERVAL_MS)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await next()
    },
  }
}
