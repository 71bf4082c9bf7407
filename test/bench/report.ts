/** Shows what the benches found: a table for people, and a file with the raw numbers for machines. */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import type { Bench, Line } from './bench.ts'

/** What one bench found, or why it did not run to its end. */
export type Outcome = { bench: Bench; seconds: number; lines: Line[]; failure?: string }

/** Prints the table of one bench. */
export function printOutcome({ bench, seconds, lines, failure }: Outcome): void {
  console.log(`\n${bench.name}: ${bench.explains}`)
  const rows = lines.map(({ what, measured, compared, target }) => [
    what,
    measured,
    compared,
    target ? `${target.text}: ${target.met ? 'met' : 'MISSED'}` : '',
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd())
  if (failure) console.log(`  did not run to its end: ${failure}`)
  console.log(`  (${Math.round(seconds)} s)`)
}

/** The machine, as far as it matters for numbers. */
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

/** Writes everything as JSON. */
export function writeJson(file: string, machine: object, outcomes: readonly Outcome[]): void {
  const benches = outcomes.map(({ bench, ...rest }) => ({
    name: bench.name,
    explains: bench.explains,
    ...rest,
  }))
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), machine, benches }, null, 2)}\n`)
}
