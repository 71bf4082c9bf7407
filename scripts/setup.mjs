#!/usr/bin/env node
// Prepares a fresh machine: npm packages, and with --test the real servers and tools that the tests use.
// Plain JavaScript, because it runs on the system's Node (20 or newer) before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneFormOfArguments } from './arguments.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const forTests = oneFormOfArguments('npm run setup [-- --test]', ['', '--test']) === '--test'
const log = (text) => console.error(`setup: ${text}`)

/** With the folders of programs for root, which others do not search, nor does root after a plain "su". */
const SYSTEM_PATH = `${process.env.PATH}:/usr/sbin:/sbin`

const SERVERS = [
  { command: 'redis-server', package: 'redis-server' },
  { command: 'rabbitmq-server', package: 'rabbitmq-server' },
  { command: 'slapd', package: 'slapd' },
  { command: 'pgbouncer', package: 'pgbouncer' },
  { command: 'chromium', package: 'chromium' },
  { command: 'bwrap', package: 'bubblewrap' },
  { command: 'systemd-analyze', package: 'systemd' },
  { command: 'promtool', package: 'prometheus' },
]

const expected = createHash('sha256')
  .update(readFileSync(join(root, 'package.json')))
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const stamp = join(root, 'node_modules', '.freshwave-installed')

if (!hasPackages()) await alone(installPackages)
if (forTests && missingServers().length > 0) await alone(installServers)

/**
 * Lets one setup of this folder work at a time: "npm ci" deletes what another one has installed so far. The others wait on its socket,
 * which closes however it ends. Without a socket, as on some file systems, none waits.
 * On Linux the name of the socket is not a file. The file of a killed setup would have to be removed, and two that do so at once could
 * each remove the other one's.
 */
async function alone(work) {
  process.chdir(root)
  const name = createHash('sha256').update(root).digest('hex')
  const socket = process.platform === 'linux' ? `\0freshwave-setup-${name}` : '.setup-lock' // relative: addresses of sockets are short
  let server = createServer().listen(socket)
  while ((await failureOf(server, 'listening')) === 'EADDRINUSE' && (await hasEnded(socket)))
    server = createServer().listen(socket)
  work()
  server.close()
}

/** Waits for the setup that has the socket; removes the file of one that was killed. False if it cannot be reached. */
async function hasEnded(socket) {
  const holder = connect(socket)
  const failure = await failureOf(holder, 'connect')
  if (failure === 'ECONNREFUSED' && existsSync(socket)) rmSync(socket, { force: true })
  if (failure) return ['ECONNREFUSED', 'ENOENT'].includes(failure)
  log('waiting for another setup of this folder')
  await new Promise((resolve) => holder.resume().once('close', resolve))
  return true
}

/** The code of the error that came in place of the event. */
function failureOf(emitter, event) {
  return new Promise((resolve) => {
    emitter.once(event, () => resolve()).once('error', ({ code }) => resolve(code))
  })
}

/** Whether the packages of the lock file are installed; those of the tests may have been left out. */
function hasPackages() {
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === expected
  return isCurrent && (!forTests || existsSync(join(root, 'node_modules', '.bin', 'vitest')))
}

function installPackages() {
  if (hasPackages()) return // by the setup that was waited for
  log('installing npm packages (about half a minute)')
  const options = ['--no-audit', '--no-fund', '--loglevel=error']
  if (forTests) options.push('--include=dev') // npm leaves them out with NODE_ENV=production
  if (!succeeds('npm', ['ci', ...options])) {
    log('"npm ci" failed; trying "npm install" in case the registry lacks packages of other platforms')
    run('npm', ['install', '--no-package-lock', ...options])
  }
  writeFileSync(stamp, expected)
}

/** Installs the servers and the browser from the system's packages if permitted; otherwise reports which tests are skipped. */
function installServers() {
  const names = missingServers().map((server) => server.package)
  if (names.length === 0) return
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    log(`installing ${names.join(' and ')} from the system's packages`)
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names])
    return
  }
  log(`${names.join(' and ')} cannot be installed here (needs root and apt-get): their tests are skipped`)
  if (process.env.CI === 'true') process.exit(1)
}

function missingServers() {
  return SERVERS.filter(({ command }) => !isInstalled(command))
}

function isInstalled(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`], { env: { PATH: SYSTEM_PATH } }).status === 0
}

/** Runs a command; ends this program when it fails. */
function run(command, args) {
  if (!succeeds(command, args)) process.exit(1)
}

/** Runs a command with its output on standard error, and reports a failure there. */
function succeeds(command, args) {
  const env = { ...process.env, PATH: SYSTEM_PATH, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) log(`"${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}`)
  return status === 0
}
