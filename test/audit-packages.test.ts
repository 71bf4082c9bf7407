/** `npm run audit:packages` fails with what npm finds, in npm's own words, and passes where a registry gives no answer. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

/** Runs the script with an npm that prints `text` and ends with `code`. */
function audit(text: string, code: number): number | null {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-npm-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho '${text}'\nexit ${code}\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  return spawnSync(process.execPath, ['scripts/audit-packages.mjs'], { env }).status
}

it.each([
  ['found 0 vulnerabilities', 0, 0],
  ['1 high severity vulnerability', 1, 1],
  ['6 critical severity vulnerabilities', 1, 1],
  ['3 vulnerabilities (1 low, 2 high)', 1, 1],
  ['1 package has an invalid registry signature:', 1, 1],
  ['2 packages have invalid attestations:', 1, 1],
  ['1 package has a missing registry signature but the registry is providing signing keys:', 1, 1],
  ['4 packages have missing registry signatures but the registry is providing signing keys:', 1, 1],
  ['npm error audit endpoint returned an error', 1, 0],
  ['npm error network request to https://example.com failed', 1, 0],
])('%s', (text, ended, expected) => {
  expect(audit(text, ended)).toBe(expected)
})
