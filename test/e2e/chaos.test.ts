/** A short run of the fault bench: some of its faults, few messages. `npm run chaos` runs it at any size (docs/bench.md). */
import { expect, it } from 'vitest'
import { runChaos } from '../chaos/run.ts'
import { hasRabbitmq } from '../support/servers/rabbitmq.ts'
import { hasRedis } from '../support/servers/redis.ts'

/** The kinds of faults that cost little time; the others are for the bench. */
const QUICK = 'worker'
const STORES = [
  { store: 'redis' as const, seed: 11 },
  { store: 'postgres' as const, seed: 12 },
]

it.each(hasRabbitmq && hasRedis ? STORES : [])(
  'loses, doubles and forgets nothing while processes are killed, with queues in $store',
  async ({ store, seed }) => {
    const report = await runChaos(
      { messages: 1000, store, seed, faults: 2, rate: 2000, only: QUICK },
      () => undefined,
    )
    // How soon a process is back depends on what else the machine does.
    expect(report.errors.filter((error) => !error.startsWith('slow'))).toEqual([])
    expect(report.recoveries.map(({ recoveryMs }) => recoveryMs)).not.toContain(undefined)
    expect(report.messages).toBeGreaterThanOrEqual(1000)
  },
)
