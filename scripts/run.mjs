#!/usr/bin/env node
// Runs a TypeScript file under a Node that strips types: this one if it can, else the one npm installed.
// Ends as a shell would: with the exit code of the program, or 128 and the number of the signal that ended it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripsTypes = major > 22 || (major === 22 && minor >= 18)
const installed = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

if (!stripsTypes && !existsSync(installed))
  cannotRun(`Node 22.18 or newer is needed, this is ${process.version}: run "npm install" first.`)
const child = spawn(stripsTypes ? process.execPath : installed, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', ({ message }) => cannotRun(message))
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))

/** The command line keeps 1 for "not satisfied". */
function cannotRun(why) {
  console.error(why)
  process.exit(2)
}
