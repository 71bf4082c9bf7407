/** Writes the table of docs/metrics.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { oneFormOfArguments } from '../src/lib/refuse-arguments.ts'
import { withMetricsTable } from './metrics-table.ts'

oneFormOfArguments('node scripts/run.mjs scripts/write-metrics-table.ts', [''])
const FILE = 'docs/metrics.md'
writeFileSync(FILE, withMetricsTable(readFileSync(FILE, 'utf8')))
