#!/usr/bin/env node
// Runs a TypeScript file under a Node that strips types: in this process if possible, otherwise in the Node that npm installed.
// In this process, signals and the exit code need no forwarding. Signals are forwarded to the other Node, so a signal to the
// whole process group reaches it twice: programs treat two signals within a second as one (src/lib/shutdown.ts).
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import nodeModule from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
// Node 23 does it only in its last versions; undici needs 22.19.
const stripsTypes = major > 23 || (major === 22 && minor >= 19)
const inRepository = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const installed = inRepository('node_modules/.bin/node')
const withLauncher = new URL('./with-launcher.mjs', import.meta.url).href
// Compiled code is kept for the next start (decision 0047); where it cannot be written, starts take longer.
const compiled = process.env.NODE_COMPILE_CACHE ?? inRepository('node_modules/.cache/compiled')
// Its entries are named relative to the folder, because an image is filled at a different path than the one it runs at.
process.env.NODE_COMPILE_CACHE_PORTABLE = '1'
const args = process.argv.slice(2)

if (!stripsTypes && !existsSync(installed))
  cannotRun(`Node 24 or newer, or 22.19, is needed, this is ${process.version}: run "npm install" first.`)
// Options of Node itself take effect only at its start.
if (stripsTypes && !args[0]?.startsWith('-')) await runHere()
else runInChild(stripsTypes ? process.execPath : installed)

async function runHere() {
  nodeModule.enableCompileCache(compiled)
  process.env.NODE_COMPILE_CACHE = compiled // for the processes that the program starts
  const [program = '', ...rest] = args
  let file = ''
  try {
    file = realpathSync(program) // modules see their real path
  } catch {
    cannotRun(`There is no program '${program}'.`)
  }
  process.argv.splice(1, process.argv.length, file, ...rest)
  await import(pathToFileURL(file).href)
}

/** Ends as a shell would: with the exit code of the program, or 128 plus the number of the signal that ended it. */
function runInChild(node) {
  // A killed launcher cannot forward anything: the child sees the end of the pipe instead (scripts/with-launcher.mjs).
  const env = {
    ...process.env,
    FRESHWAVE_LAUNCHER: String(process.pid),
    NODE_COMPILE_CACHE: compiled,
  }
  const limits = process.execArgv.filter((option) => option.startsWith('--max-'))
  const stdio = ['inherit', 'inherit', 'inherit', 'pipe']
  const child = spawn(node, [...limits, '--import', withLauncher, ...args], { env, stdio })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', ({ message }) => cannotRun(message))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

/** The command line keeps 1 for "not satisfied". */
function cannotRun(reason) {
  console.error(reason)
  process.exit(2)
}
