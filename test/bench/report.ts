/** Reports the results of the benches: a table for readers, and a JSON file with the raw numbers. */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import type { Bench, Line } from './bench.ts'

/** The results of one bench, or the reason why it failed. */
export type Outcome = { bench: Bench; seconds: number; lines: Line[]; failure?: string }

/** Prints the table of one bench; `withCalls`: also what its requests contained. */
export function printOutcome({ bench, seconds, lines, failure }: Outcome, withCalls: boolean): void {
  console.log(`\n${bench.name}: ${bench.explains}`)
  const rows = lines.map(({ what, measured, compared, target }) => [
    what,
    measured,
    compared,
    verdictOn(target),
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd())
  if (withCalls) for (const { calls = [] } of lines) for (const call of calls) console.log(`    ${call}`)
  if (failure) console.log(`  failed: ${failure}`)
  console.log(`  (${Math.round(seconds)} s)`)
}

function verdictOn(target: Line['target']): string {
  return target ? `${target.text}: ${target.met ? 'met' : 'MISSED'}` : ''
}

/** The properties of the machine that affect the numbers. */
export function describeMachine() {
  const [processor] = cpus()
  return {
    cores: cpus().length,
    processor: processor?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.version,
    load: loadavg()[0] ?? 0,
  }
}

/** Writes the machine and all results as JSON. */
export function writeJson(file: string, machine: object, outcomes: readonly Outcome[]): void {
  const benches = outcomes.map(({ bench, ...rest }) => ({
    name: bench.name,
    explains: bench.explains,
    ...rest,
  }))
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), machine, benches }, null, 2)}\n`)
}
