/**
 * `npm test`: style, types, unused code, then every test; the last line counts the tests.
 * With paths after `--` it runs only the tests in these files or folders, without the other checks.
 * Files with failed tests run a second time, to identify flaky tests; a flaky test still fails the run.
 * Temporary files, mainly those of databases and brokers, are in memory if there is enough (decision 0069).
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const CHECKS: [name: string, command: string[]][] = [
  ['style', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc', '--noEmit']],
  ['types of the browser modules', ['tsc', '--noEmit', '-p', 'src/ui/parts']],
  ['unused code', ['knip']],
]

/** A folder in memory, on Linux. */
const MEMORY = '/dev/shm'
const MIN_MEMORY_BYTES = 4 * 2 ** 30
/** Followed by the pid of this process. */
const PREFIX = 'freshwave-run-'

/** The part of vitest's JSON report that is used. */
type Report = Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests', number> & {
  testResults: {
    name: string
    status: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

const paths = process.argv.slice(2)
const folder = createFolder()
const report = join(folder, 'report.json')
const checks = paths.length > 0 ? [] : CHECKS
const checked = await Promise.all(checks.map(([name, command]) => check(name, command)))
const failedChecks = checks.flatMap(([name], at) => (checked[at] ? [] : [name]))
const testsPassed = runTests('tests', paths)
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport()
const failed = testResults.flatMap(failedTests)
const failedFiles = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
if (failed.length > 0) runTests('failed tests again', failedFiles)
const failedAgain = failed.length > 0 ? readReport().testResults.flatMap(failedTests) : []
rmSync(folder, { recursive: true, force: true, maxRetries: 20 }) // a killed server's forks may still write
const flaky = failed.filter((test) => !failedAgain.includes(test))
const skipped = numPendingTests + numTodoTests
const skippedInCi = process.env.CI === 'true' && skipped > 0

if (failedChecks.length > 0) console.log(`Failed: ${failedChecks.join(', ')}`)
if (skippedInCi) console.log('CI does not accept skipped tests.')
const passed = testsPassed && failedChecks.length === 0 && !skippedInCi && numPassedTests > 0
for (const test of flaky) console.log(`Flaky: ${test}`)
console.log(`Flaky tests: ${flaky.length}`)
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`)
process.exit(passed ? 0 : 1)

/** A folder for temporary files; other users, such as those of PostgreSQL and RabbitMQ, can reach their files in it. */
function createFolder(): string {
  const parent = process.env['TMPDIR'] ?? memoryFolder() ?? tmpdir()
  removeOrphans(parent)
  const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`))
  chmodSync(path, 0o755)
  return path
}

/** Removes the folders of killed runs, which may occupy memory. */
function removeOrphans(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue
    const pid = Number.parseInt(name.slice(PREFIX.length), 10)
    if (!isRunning(pid)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'EPERM' // another user's
  }
}

/** Undefined if there is none, if it is small (containers have 64 MB), or if programs in it cannot be executed. */
function memoryFolder(): string | undefined {
  let probe: string | undefined
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < MIN_MEMORY_BYTES) return undefined
    probe = mkdtempSync(join(MEMORY, 'freshwave-probe-'))
    const program = join(probe, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
    return spawnSync(program).status === 0 ? MEMORY : undefined
  } catch {
    return undefined // no such folder, or no permission to write
  } finally {
    if (probe) rmSync(probe, { recursive: true, force: true })
  }
}

/** Returns whether all tests passed. */
function runTests(name: string, files: readonly string[]): boolean {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`]
  return succeeds(name, ['vitest', 'run', ...files, ...reporters])
}

function readReport(): Report {
  return JSON.parse(readFileSync(report, 'utf8')) as Report // vitest's JSON reporter wrote it
}

function failedTests({ assertionResults }: Report['testResults'][number]): string[] {
  return assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
}

function succeeds(name: string, command: string[]): boolean {
  console.log(`\n== ${name}`)
  const [file, args, options] = programOf(command)
  return spawnSync(file, args, { ...options, stdio: 'inherit' }).status === 0
}

/** Checks run concurrently, so the output of each is printed at its end. */
async function check(name: string, command: string[]): Promise<boolean> {
  const [file, args, options] = programOf(command)
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const printed = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await ended
  console.log([`\n== ${name}`, ...printed].join('\n').trimEnd())
  return code === 0
}

function programOf([command = '', ...args]: string[]) {
  const options = { env: { ...process.env, TMPDIR: folder } }
  return [join('node_modules', '.bin', command), args, options] as const
}
