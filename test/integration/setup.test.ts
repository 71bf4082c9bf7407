/** Checks what `npm run` does first: it installs what is missing, also while other commands of the same folder do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'

/** Reports that it began, and installs once it may. */
const NPM = `#!/bin/sh
echo "$@" >> npm.log
while [ -e npm.log ] && [ ! -e may-install ]; do sleep 0.05; done
mkdir -p node_modules
`

const PATIENCE = { timeout: 200_000, interval: 20 }

/** A clone with nothing installed, and an npm of our own. */
function newClone() {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-clone-'))
  for (const part of ['scripts', 'bin']) mkdirSync(join(folder, part))
  for (const script of ['setup.mjs', 'arguments.mjs'])
    copyFileSync(join('scripts', script), join(folder, 'scripts', script))
  for (const file of ['package.json', 'package-lock.json']) writeFileSync(join(folder, file), '{}')
  const npm = join(folder, 'bin', 'npm')
  writeFileSync(npm, NPM)
  chmodSync(npm, 0o755)
  const letInstall = () => writeFileSync(join(folder, 'may-install'), '')
  onTestFinished(async () => {
    letInstall() // also to one whose setup was killed
    await vi.waitFor(() => expect(existsSync(join(folder, 'node_modules'))).toBe(true), PATIENCE)
    rmSync(folder, { recursive: true, force: true })
  })
  const log = join(folder, 'npm.log')
  const requests = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
  return { folder, letInstall, requests }
}

function startSetup(folder: string, args: string[] = []): { setup: ChildProcess; said: () => string } {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` }
  const setup = spawn(process.execPath, ['scripts/setup.mjs', ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  setup.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  return { setup, said: () => output }
}

it('the setup installs the packages once', { timeout: 200_000 }, async () => {
  const { folder, letInstall, requests } = newClone()
  const first = startSetup(folder)
  await vi.waitFor(() => expect(requests()).toHaveLength(1), PATIENCE)
  const others = [startSetup(folder), startSetup(folder)]
  for (const { said } of others)
    await vi.waitFor(() => expect(said()).toBe('setup: waiting for another setup of this folder\n'), PATIENCE)
  const ends = [first, ...others].map(({ setup }) => once(setup, 'exit'))
  letInstall()
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ])
  expect(requests()).toHaveLength(1)
})

it('the setup is repeated after one that was killed, again one at a time', { timeout: 200_000 }, async () => {
  const { folder, letInstall, requests } = newClone()
  const killed = startSetup(folder)
  await vi.waitFor(() => expect(requests()).toHaveLength(1), PATIENCE)
  killed.setup.kill('SIGKILL')
  await once(killed.setup, 'exit')
  const others = Array.from({ length: 4 }, () => startSetup(folder))
  const ends = others.map(({ setup }) => once(setup, 'exit'))
  const waiting = () => others.filter(({ said }) => said().includes('waiting for another setup')).length
  await vi.waitFor(() => expect(waiting() + requests().length).toBeGreaterThanOrEqual(5), PATIENCE)
  letInstall()
  expect(await Promise.all(ends)).toEqual(others.map(() => [0, null]))
  expect(requests()).toHaveLength(2)
  expect(existsSync(join(folder, '.setup-lock'))).toBe(false)
})

it('the setup installs the packages of the tests for the tests, also where npm leaves them out', {
  timeout: 200_000,
}, async () => {
  const { folder, letInstall, requests } = newClone()
  letInstall()
  for (const args of [[], ['--test'], []])
    expect(await once(startSetup(folder, args).setup, 'exit')).toEqual([0, null])
  expect(requests()).toEqual([
    'ci --no-audit --no-fund --loglevel=error',
    'ci --no-audit --no-fund --loglevel=error --include=dev',
  ])
})
