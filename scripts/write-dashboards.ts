/** Writes the dashboards of deploy/grafana. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { oneFormOfArguments } from '../src/lib/refuse-arguments.ts'
import { makeDashboard } from './dashboard-panels.ts'
import { BOARDS } from './dashboards.ts'

oneFormOfArguments('node scripts/run.mjs scripts/write-dashboards.ts', [''])
mkdirSync('deploy/grafana', { recursive: true })
for (const [name, board] of Object.entries(BOARDS))
  writeFileSync(`deploy/grafana/${name}.json`, `${JSON.stringify(makeDashboard(board), null, 2)}\n`)
