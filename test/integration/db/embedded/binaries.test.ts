/** The copy of the programs of PostgreSQL, for a server whose user cannot reach the folder of the packages. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { copyPrograms, linkLibraries } from '../../../../src/db/embedded/binaries.ts'

/** A package with one program, which runs for a minute when it gets the argument 60. */
function makePackage(version: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-programs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const native = join(folder, 'native')
  mkdirSync(join(native, 'bin'), { recursive: true })
  copyFileSync('/bin/sleep', join(native, 'bin', 'postgres'))
  writeFileSync(join(native, 'postgres.bki'), 'needed by initdb')
  setVersion(native, version)
  return native
}

function setVersion(native: string, version: string): void {
  writeFileSync(join(native, '..', 'package.json'), JSON.stringify({ version }))
}

function copied(native: string): string {
  const copy = copyPrograms(native)
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
  return copy
}

it('the copy is used by a second process while a server runs from it, and gets back what was cleaned away', async () => {
  const native = makePackage('18.0.0')
  const copy = copied(native)
  const server = spawn(join(copy, 'bin', 'postgres'), ['60'])
  onTestFinished(() => void server.kill('SIGKILL'))
  await once(server, 'spawn')
  rmSync(join(copy, 'postgres.bki'))
  expect(copied(native)).toBe(copy)
  expect(existsSync(join(copy, 'postgres.bki'))).toBe(true)
  expect(server.exitCode).toBe(null)
})

it('the copy is a separate one for each version', () => {
  const native = makePackage('18.0.0')
  const before = copied(native)
  setVersion(native, '18.1.0')
  expect(copied(native)).not.toBe(before)
})

it('the copy can be run by every user, also where files of root are for root alone', () => {
  const native = makePackage('18.0.0')
  for (const path of ['postgres.bki', 'bin/postgres', 'bin', '.']) chmodSync(join(native, path), 0o700)
  chmodSync(join(native, 'postgres.bki'), 0o600)
  const copy = copied(native)
  const modes = ['postgres.bki', 'bin/postgres', 'bin', '.'].map(
    (path) => statSync(join(copy, path)).mode & 0o777,
  )
  expect(modes).toEqual([0o644, 0o755, 0o755, 0o755])
})

it('the copy gets links to its libraries, also where another process makes them at the same time', () => {
  const native = makePackage('18.0.0')
  const links = ['libicu.so.60', 'libicu.so'].map((name) => ({
    source: `native/lib/libicu.so.60.2`,
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  mkdirSync(join(native, 'lib'))
  // As if it were made between the look for it and the attempt to make it: a link to nothing is not seen.
  symlinkSync('libicu.so.60.2', join(native, 'lib', 'libicu.so.60'))
  linkLibraries(native)
  writeFileSync(join(native, 'lib', 'libicu.so.60.2'), '')
  for (const { target } of links) expect(existsSync(join(native, '..', target))).toBe(true)
})
