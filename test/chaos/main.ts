/** `npm run chaos`: injects faults into the whole service, with two processes of each kind; prints what was lost, doubled or stuck. */
import { loadavg } from 'node:os'
import { readOrExit } from '../support/programs/arguments.ts'
import { runToExit } from '../support/programs/run-to-exit.ts'
import { readArguments } from './arguments.ts'
import { isTooLong, type Report, runChaos } from './run.ts'

const MAX_SHOWN = 50

const options = readOrExit(readArguments)
const began = performance.now()
const log = (line: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`)
await runToExit(async (stopped) => {
  const report = await runChaos(options, log, stopped)
  print(report)
  return report.errors.length === 0
})

function print({
  messages,
  fromLab,
  seconds,
  messagesOut,
  copiesOut,
  recoveries,
  errors,
  logs,
}: Report): void {
  const { store, seed } = options
  const perSecond = ((messages + fromLab) / seconds).toFixed(0)
  console.log(
    `\n${messages} messages and ${fromLab} of the lab in ${seconds.toFixed(0)} s (${perSecond}/s), queues in ${store}, seed ${seed}, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  )
  console.log(
    `${messagesOut} messages out, and ${copiesOut} further copies of them with the same id and bytes`,
  )
  for (const [fault, all] of Map.groupBy(recoveries, (recovery) => recovery.fault)) {
    const times = all.map(({ recoveryMs }) =>
      recoveryMs === undefined ? 'never' : `${(recoveryMs / 1000).toFixed(1)} s`,
    )
    console.log(
      `  ${fault.padEnd(24)} recovered after ${times.join(', ')}${all.some(isTooLong) ? '  TOO LONG' : ''}`,
    )
  }
  for (const [kind, all] of Map.groupBy(errors, (error) => error.split(':')[0]))
    console.log(`  ${kind}: ${all.length}`)
  for (const error of errors.slice(0, MAX_SHOWN)) console.log(`    ${error}`)
  console.log(errors.length === 0 ? 'nothing was lost, doubled or stuck' : `logs: ${logs}`)
}
