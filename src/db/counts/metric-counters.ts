/** Sums the counters of all processes in table `counters`, so that a scrape of any one shows the whole. */
import type { CounterKey, CounterSums } from '../../lib/metrics/counters.ts'
import type { Metrics } from '../../lib/metrics/metrics.ts'
import type { Database } from '../orm.ts'

type Parts = { db: Database; metrics: Metrics }

/**
 * Adds this process's increments to the table. What could not be written counts again later, so a repeat never
 * loses any; only a process that is killed loses what it counted since the last call.
 */
export async function flushCounters({ db, metrics }: Parts): Promise<void> {
  const increments = Object.entries(metrics.takeIncrements()) as [CounterKey, number][] // its keys are these
  if (increments.length === 0) return
  // Always in the same order, or two processes could wait for each other's rows forever.
  const ordered = increments.sort(([a], [b]) => (a < b ? -1 : 1))
  const rows = ordered.map(() => '(?, ?)').join(', ')
  try {
    await db.fork().execute(
      `insert into counters (name, value) values ${rows}
       on conflict (name) do update set value = counters.value + excluded.value`,
      ordered.flat(),
    )
  } catch (error) {
    for (const [key, by] of increments) metrics.count(key, by)
    throw error
  }
}

/** The sums of all processes, this one included up to now. */
export async function readCounters(parts: Parts): Promise<CounterSums> {
  await flushCounters(parts)
  const rows = await parts.db
    .fork()
    .execute<{ name: string; value: string; since: string }[]>(
      'select name, value::text as value, created_at as since from counters',
    )
  return new Map(
    rows.map(({ name, value, since }) => [name, { value: Number(value), since: new Date(since) }]),
  )
}
