#!/usr/bin/env node
// Prepares a fresh machine: npm packages, and with --test the real servers and tools that the tests use.
// Plain JavaScript, because it runs on the system's Node (20 or newer) before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneFormOfArguments } from './arguments.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const forTests = oneFormOfArguments('npm run setup [-- --test]', ['', '--test']) === '--test'
const log = (text) => console.error(`setup: ${text}`)

const SERVERS = [
  { command: 'redis-server', package: 'redis-server' },
  { command: 'rabbitmq-server', package: 'rabbitmq-server' },
  { command: 'slapd', package: 'slapd' },
  { command: 'chromium', package: 'chromium' },
  { command: 'bwrap', package: 'bubblewrap' },
  { command: 'systemd-analyze', package: 'systemd' },
  { command: 'promtool', package: 'prometheus' },
]

installPackages()
if (forTests) installServers()

/** Installs the packages of the lock file, unless they are already installed. */
function installPackages() {
  const expected = createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.freshwave-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === expected) return
  log('installing npm packages (about half a minute)')
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error']
  if (!succeeds('npm', ['ci', ...quietly])) {
    log('"npm ci" failed; trying "npm install" in case the registry lacks packages of other platforms')
    run('npm', ['install', '--no-package-lock', ...quietly])
  }
  writeFileSync(stamp, expected)
}

/** Installs the servers and the browser from the system's packages if permitted; otherwise reports which tests are skipped. */
function installServers() {
  const missing = SERVERS.filter(({ command }) => !isInstalled(command))
  if (missing.length === 0) return
  const names = missing.map((server) => server.package)
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    log(`installing ${names.join(' and ')} from the system's packages`)
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names])
    return
  }
  log(`${names.join(' and ')} cannot be installed here (needs root and apt-get): their tests are skipped`)
  if (process.env.CI === 'true') process.exit(1)
}

function isInstalled(command) {
  return spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin" command -v ${command}`]).status === 0
}

/** Runs a command; ends this program when it fails. */
function run(command, args) {
  if (!succeeds(command, args)) process.exit(1)
}

/** Runs a command with its output on standard error, and reports a failure there. */
function succeeds(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) log(`"${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}`)
  return status === 0
}
