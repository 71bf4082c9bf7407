/** `npm run bench`: runs all benches, or the one of `--only`, and prints each result as a ratio or a growth. */
import { type Arguments, readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { openDatabaseServer } from './database-server.ts'
import { decideLatency } from './decide-latency.ts'
import { decisions } from './decisions.ts'
import { eventGrowth } from './event-growth.ts'
import { facts } from './facts.ts'
import { forecasting } from './forecast.ts'
import { importing } from './import.ts'
import { ingest } from './ingest.ts'
import { lists } from './lists.ts'
import { listsBusy } from './lists-busy.ts'
import { makespan } from './makespan.ts'
import { overhead } from './overhead.ts'
import { planning } from './planning.ts'
import { policies } from './policies.ts'
import { queuesFull } from './queues-full.ts'
import { readers } from './readers.ts'
import { describeMachine, type Outcome, printOutcome, writeJson } from './report.ts'
import { openStage } from './stage.ts'
import { starts } from './start.ts'
import { streams } from './streams.ts'
import { tracing } from './tracing.ts'
import { ui } from './ui.ts'
import { warm } from './warm.ts'
import { webProcesses } from './web-processes.ts'
import { wholeEvent } from './whole-event.ts'
import { workersBench } from './workers.ts'

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
const chosen = argumentsOrEnd()
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

function argumentsOrEnd(): Arguments {
  try {
    return readArguments(process.argv.slice(2), BENCHES)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

/** Runs one bench. A failed bench does not prevent the others from running. */
async function measure(bench: Bench): Promise<Outcome> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  try {
    const lines = await bench.run(stage)
    return { bench, lines, seconds: seconds() }
  } catch (error) {
    return {
      bench,
      lines: [],
      seconds: seconds(),
      failure: error instanceof Error ? error.message : String(error),
    }
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
