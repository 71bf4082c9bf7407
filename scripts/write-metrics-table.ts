/** Writes the table of docs/metrics.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { withMetricsTable } from './metrics-table.ts'

const FILE = 'docs/metrics.md'
writeFileSync(FILE, withMetricsTable(readFileSync(FILE, 'utf8')))
