/** The code of the last release, for tests that run it beside the present one. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const FILE = 'test/e2e/previous-release'

/** The commit of the last release; until there is one, the commit from which on releases have to work side by side. */
export function previousRelease(): string {
  return readFileSync(FILE, 'utf8').trim()
}

/** Its code in a folder that `remove` deletes; it uses the packages that are installed here. */
export type PreviousRelease = { root: string; remove(): void }

/** @throws Error when git does not have the commit: a clone of only the newest commits is not enough */
export function unpackPreviousRelease(): PreviousRelease {
  const root = mkdtempSync(join(tmpdir(), 'freshwave-release-'))
  const pack = git('archive', '--format=tar', previousRelease())
  const { status, stderr } = spawnSync('tar', ['-x', '-C', root], { input: pack })
  if (status !== 0) throw new Error(`tar: ${stderr}`)
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** Names of the migrations that it has. */
export function previousMigrations(): Set<string> {
  const files = git('ls-tree', '-r', '--name-only', previousRelease(), 'src/db/migrations/').toString()
  return new Set([...files.matchAll(/Migration\d+/g)].map(([name]) => name))
}

function git(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('git', args, { maxBuffer: 2 ** 28 })
  if (status !== 0)
    throw new Error(`${FILE}: git ${args[0]} failed, which needs the whole history: ${stderr}`)
  return stdout
}
