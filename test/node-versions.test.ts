/** The Node that runs the programs: the one that was called if it can, else the one that npm installed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

/** Reports whether another process has started it. */
const PROGRAM = "console.log(process.env.FRESHWAVE_LAUNCHER === undefined ? 'called' : 'installed')"

it.each([
  ['20.0.0', 'installed'],
  ['22.18.0', 'installed'],
  ['22.19.0', 'called'],
  ['23.5.0', 'installed'],
  ['24.0.0', 'called'],
])('when Node %s was called, the %s one', (version, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-node-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'program.mjs')
  writeFileSync(program, PROGRAM)
  const versions = `{ ...process.versions, node: '${version}' }`
  const other = `data:text/javascript,Object.defineProperty(process, 'versions', { value: ${versions} })`
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', other, 'scripts/run.mjs', program], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  expect(stdout.trim(), stderr).toBe(expected)
})
