/**
 * A worker process for tests of the queues: its jobs of `plan` do nothing but report to the parent. `HOLD=1`: they never end.
 * Settings come from the environment, as for every program of the service.
 */
import { CATALOG } from '../../../queues/catalog.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { createContext } from '../../../src/context.ts'
import { runWorkers } from '../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../workers/run/worker.ts'

/** A message to the parent; `began` has the id of the event. */
export type WorkerReport = { ready: true } | { began: number }

const report = (message: WorkerReport) => process.send?.(message)
const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const plan: WorkerOf<'plan'> = {
  run: async (_ctx, { eventId }) => {
    report({ began: eventId })
    if (process.env['HOLD']) await new Promise(() => undefined)
  },
  giveUp: leaveDue,
}

process.once('disconnect', () => process.exit())
const idles = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // an entry for each queue
await runWorkers(await createContext(readSettings()), { ...idles, plan })
report({ ready: true })
