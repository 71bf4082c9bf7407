#!/usr/bin/env node
// Runs one program of the service; the container image and the units of systemd start every process by it.
import { fileURLToPath } from 'node:url'

const PROGRAMS = {
  all: ['src/main.ts'],
  web: ['src/api/main.ts'],
  ingest: ['src/ingest/main.ts'],
  worker: ['workers/main.ts'],
  migrate: ['src/db/migrate.ts'],
  gate: ['src/api/main.ts', '--only', 'gate'],
  replay: ['src/ingest/replay.ts'],
  lab: ['lab/main.ts'],
}

const [program = '', ...args] = process.argv.slice(2)
const names = `programs are ${Object.keys(PROGRAMS).join(', ')}.`
if (program === '--help' || program === '-h') {
  console.log(`Usage: program.mjs PROGRAM [ARGUMENT ...]; ${names}`)
  process.exit(0)
}
if (!Object.hasOwn(PROGRAMS, program)) {
  console.error(`Unknown program '${program}'; ${names}`)
  process.exit(2)
}
const [file, ...own] = PROGRAMS[program]
const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
process.argv.splice(2, process.argv.length, path, ...own, ...args)
await import('../scripts/run.mjs')
