/** What a counter stands at, stored or not: the background of a context stores them every few seconds. */
import type { Context } from '../../src/context.ts'
import { readCounters } from '../../src/db/counts/metric-counters.ts'
import type { CounterName } from '../../src/lib/metrics.ts'

/** The sum over all processes on the context's database. */
export async function counted(ctx: Pick<Context, 'db' | 'metrics'>, name: CounterName): Promise<number> {
  return (await readCounters(ctx)).get(name)?.value ?? 0
}
