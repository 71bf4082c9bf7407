/** The code of the last release, for tests that run it next to the current one. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

const FILE = 'test/e2e/previous-release'

/** The commit of the last release; before the first release, the oldest commit that must run side by side with later ones. */
export function previousRelease(): string {
  return readFileSync(FILE, 'utf8').trim()
}

/** Its code in a folder that `remove` deletes; it uses the packages installed here. */
export type PreviousRelease = { root: string; remove(): void }

/** In a clone without that commit, such as a shallow one, this is the current code, as reported on standard error. */
export function unpackPreviousRelease(): PreviousRelease {
  if (!isInHistory()) return { root: resolve('.'), remove: () => undefined }
  const root = mkdtempSync(join(tmpdir(), 'freshwave-release-'))
  const pack = git('archive', '--format=tar', previousRelease())
  const { status, stderr } = spawnSync('tar', ['-x', '-C', root], { input: pack })
  if (status !== 0) throw new Error(`tar: ${stderr}`)
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** The names of its migrations; in a clone without that commit, of all migrations. */
export function previousMigrations(): Set<string> {
  if (!isInHistory()) return new Set(readdirSync('src/db/migrations').map((file) => basename(file, '.ts')))
  const files = git('ls-tree', '-r', '--name-only', previousRelease(), 'src/db/migrations/').toString()
  return new Set([...files.matchAll(/Migration\d+/g)].map(([name]) => name))
}

function isInHistory(): boolean {
  const { status } = spawnSync('git', ['cat-file', '-e', `${previousRelease()}^{commit}`])
  if (status !== 0)
    process.stderr.write(`${FILE}: this clone lacks the commit; the current code is used instead\n`)
  return status === 0
}

function git(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('git', args, { maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`${FILE}: git ${args[0]} failed: ${stderr}`)
  return stdout
}
