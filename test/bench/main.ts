/** `npm run bench`: runs all benches, or the one of `--only`, and prints each result as a ratio or a growth. */
import { messageOf } from '../../src/lib/errors.ts'
import { readOrExit } from '../support/programs/arguments.ts'
import { readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { ingest } from './bus/ingest.ts'
import { queuesFull } from './bus/queues-full.ts'
import { workersBench } from './bus/workers.ts'
import { decideLatency } from './gate/decide-latency.ts'
import { decisions } from './gate/decisions.ts'
import { policies } from './gate/policies.ts'
import { tracing } from './gate/tracing.ts'
import { warm } from './gate/warm.ts'
import { webProcesses } from './gate/web-processes.ts'
import { openDatabaseServer } from './history/database-server.ts'
import { importing } from './history/import.ts'
import { lists } from './history/lists.ts'
import { listsBusy } from './history/lists-busy.ts'
import { readers } from './history/readers.ts'
import { streams } from './history/streams.ts'
import { ui } from './history/ui.ts'
import { eventGrowth } from './rebuild/event-growth.ts'
import { facts } from './rebuild/facts.ts'
import { forecasting } from './rebuild/forecast.ts'
import { makespan } from './rebuild/makespan.ts'
import { overhead } from './rebuild/overhead.ts'
import { planning } from './rebuild/planning.ts'
import { wholeEvent } from './rebuild/whole-event.ts'
import { describeMachine, type Outcome, printOutcome, writeJson } from './report.ts'
import { openStage } from './stage.ts'
import { starts } from './start.ts'

const BENCHES: readonly Bench[] = [
  ingest,
  planning,
  lists,
  listsBusy,
  importing,
  facts,
  overhead,
  wholeEvent,
  eventGrowth,
  readers,
  makespan,
  decisions,
  warm,
  webProcesses,
  tracing,
  policies,
  streams,
  decideLatency,
  ui,
  forecasting,
  workersBench,
  queuesFull,
  starts,
]

let exiting: Promise<never> | undefined
const server = openDatabaseServer()
const stage = openStage(server)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void exitWith(130))
process.once('uncaughtException', (error) => {
  console.error(error)
  void exitWith(1)
})

const machine = describeMachine()
const chosen = readOrExit((args) => readArguments(args, BENCHES))
const outcomes: Outcome[] = []
console.log(
  `${machine.cores} cores, ${machine.processor}, Node ${machine.node}, load ${machine.load.toFixed(1)}`,
)
for (const bench of BENCHES) {
  if (chosen.only !== undefined && chosen.only !== bench.name) continue
  const outcome = await measure(bench)
  await exiting
  outcomes.push(outcome)
  printOutcome(outcome, chosen.calls)
}
if (chosen.json !== undefined) writeJson(chosen.json, machine, outcomes)
await exitWith(outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0)

/** Runs one bench. A failed bench does not prevent the others from running. */
async function measure(bench: Bench): Promise<Outcome> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  try {
    const lines = await bench.run(stage)
    return { bench, lines, seconds: seconds() }
  } catch (error) {
    return { bench, lines: [], seconds: seconds(), failure: messageOf(error) }
  } finally {
    await stage.close()
  }
}

/** Releases everything that was started, then exits. The exit code of the first call counts. */
function exitWith(code: number): Promise<never> {
  exiting ??= stage
    .close()
    .then(server.stop)
    .then(() => process.exit(code))
  return exiting
}
