#!/usr/bin/env node
// Runs one role of the service; the container image and the units of systemd start every process by it.
import { fileURLToPath } from 'node:url'

const ROLES = {
  all: 'src/main.ts',
  web: 'src/api/main.ts',
  ingest: 'src/ingest/main.ts',
  worker: 'workers/main.ts',
  migrate: 'src/db/migrate.ts',
  replay: 'src/ingest/replay.ts',
  lab: 'lab/main.ts',
}

const [role = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(ROLES, role)) {
  console.error(`Unknown role '${role}'; roles are ${Object.keys(ROLES).join(', ')}.`)
  process.exit(2)
}
process.argv.splice(
  2,
  process.argv.length,
  fileURLToPath(new URL(`../${ROLES[role]}`, import.meta.url)),
  ...args,
)
await import('../scripts/run.mjs')
