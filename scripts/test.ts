/**
 * `npm test`: style, types, unused code, then every test; the last line counts the tests.
 * With paths behind `--` it runs only the tests in these files or folders, without the other checks.
 * Files with failed tests run once more, to say which tests are flaky; a flaky test still fails the run.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHECKS: [name: string, command: string[]][] = [
  ['style', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc', '--noEmit']],
  ['types of the browser modules', ['tsc', '--noEmit', '-p', 'src/ui/parts']],
  ['unused code', ['knip']],
]

/** The part of vitest's JSON report that is used. */
type Report = Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests', number> & {
  testResults: {
    name: string
    status: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

const paths = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'freshwave-run-'))
const report = join(folder, 'report.json')
const checks = paths.length > 0 ? [] : CHECKS
const failedChecks = checks.filter(([name, command]) => !succeeds(name, command)).map(([name]) => name)
const testsPassed = runsTests('tests', paths)
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport()
const failed = testResults.flatMap(failedTests)
const failedFiles = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
if (failed.length > 0) runsTests('failed tests once more', failedFiles)
const failedAgain = failed.length > 0 ? readReport().testResults.flatMap(failedTests) : []
rmSync(folder, { recursive: true, force: true })
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

function runsTests(name: string, files: readonly string[]): boolean {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`]
  return succeeds(name, ['vitest', 'run', ...files, ...reporters])
}

function readReport(): Report {
  return JSON.parse(readFileSync(report, 'utf8')) as Report // vitest's JSON reporter wrote it
}

function failedTests({ assertionResults }: Report['testResults'][number]): string[] {
  return assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
}

function succeeds(name: string, [command = '', ...args]: string[]): boolean {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(join('node_modules', '.bin', command), args, { stdio: 'inherit' })
  return status === 0
}
