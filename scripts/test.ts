/**
 * `npm test`: style, types, unused code, then every test; the last line counts the tests.
 * With paths behind `--` it runs only the tests in these files or folders, without the other checks.
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

const paths = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'freshwave-run-'))
const report = join(folder, 'report.json')
const checks = paths.length > 0 ? [] : CHECKS
const failedChecks = checks.filter(([name, command]) => !succeeds(name, command)).map(([name]) => name)
const testsPassed = succeeds('tests', [
  'vitest',
  'run',
  ...paths,
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${report}`,
])

const counts = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number> // vitest's JSON reporter wrote it
rmSync(folder, { recursive: true, force: true })
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = counts
const skipped = numPendingTests + numTodoTests
const skippedInCi = process.env.CI === 'true' && skipped > 0

if (failedChecks.length > 0) console.log(`Failed: ${failedChecks.join(', ')}`)
if (skippedInCi) console.log('CI does not accept skipped tests.')
const passed = testsPassed && failedChecks.length === 0 && !skippedInCi && numPassedTests > 0
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`)
process.exit(passed ? 0 : 1)

function succeeds(name: string, [command = '', ...args]: string[]): boolean {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(join('node_modules', '.bin', command), args, { stdio: 'inherit' })
  return status === 0
}
