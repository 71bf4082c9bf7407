#!/usr/bin/env node
// Runs a TypeScript file under a Node that strips types: this one if it can, else the one npm installed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripsTypes = major > 22 || (major === 22 && minor >= 18)
const installed = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

if (!stripsTypes && !existsSync(installed)) {
  console.error(`Node 22.18 or newer is needed, this is ${process.version}: run "npm install" first.`)
  process.exit(1)
}
const child = spawn(stripsTypes ? process.execPath : installed, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
