/** `npm run soak`: the whole service at half load for an hour; prints a table, draws a chart, and reports whether anything grows. */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { show } from '../bench/statistics.ts'
import { readOrExit } from '../support/programs/arguments.ts'
import { runToExit } from '../support/programs/run-to-exit.ts'
import { readArguments } from './arguments.ts'
import { drawChart } from './chart.ts'
import { runSoak } from './run.ts'
import { KINDS, type Sample } from './sample.ts'
import { judge } from './verdict.ts'

const HEADINGS = [
  'minute',
  ...KINDS.map((kind) => `${kind} MiB`),
  ...KINDS.map((kind) => `${kind} handles`),
  'lag p99 ms',
  'decision p50 ms',
  'p99 ms',
  'cores',
  'waiting',
]
/** One row is printed for this many samples. */
const ROW_EVERY = 6

const options = readOrExit(readArguments)
console.log(`load ${(loadavg()[0] ?? 0).toFixed(1)}, ${options.rate} messages/s, queues in ${options.store}`)
console.log(HEADINGS.join(' | '))
let taken = 0
await runToExit(async (stopped) => {
  const samples = await runSoak(options, printEvery, stopped)
  writeFileSync(options.svg, drawChart(samples, options.warmUp))
  const verdicts = judge(samples, options.warmUp)
  console.log(
    `\nafter ${options.warmUp} minutes of warm-up, the first and the last fifth (chart: ${options.svg}):`,
  )
  for (const { what, first, last, unit, limit, met } of verdicts)
    console.log(
      `  ${what.padEnd(24)} ${show(first)} -> ${show(last)} ${unit}  ${limit}: ${met ? 'met' : 'MISSED'}`,
    )
  return verdicts.every(({ met }) => met)
})

function printEvery(sample: Sample): void {
  if (taken % ROW_EVERY === 0) console.log(rowOf(sample))
  taken += 1
}

function rowOf(sample: Sample): string {
  const { minute, memoryMiB, handles, lagMs, p50Ms, p99Ms, processor, waiting } = sample
  const numbers = [
    minute,
    ...KINDS.map((kind) => memoryMiB[kind]),
    ...KINDS.map((kind) => handles[kind]),
    lagMs,
    p50Ms,
    p99Ms,
    processor,
    waiting,
  ]
  return numbers.map((number, n) => show(number).padStart(HEADINGS[n]?.length ?? 0)).join(' | ')
}
