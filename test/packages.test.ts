/** Holds package.json and its lock file: `npm ci` works on every platform and registry, and installs the same everywhere. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

type Package = {
  version?: string
  resolved?: string
  integrity?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
const lock = new Map(Object.entries(read('package-lock.json').packages as Record<string, Package>))

/** As Node looks for it: in the package's own folder first, then in each one above. */
function isLocked(from: string, name: string): boolean {
  const place = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
  if (lock.has(place)) return true
  return from !== '' && isLocked(from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1)), name)
}

it('direct dependencies have one exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json')
  const versions = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

it('the lock file holds every package that any locked package needs, those of other platforms too', () => {
  const missing = [...lock].flatMap(([from, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(from, name))
      .map((name) => `${from} -> ${name}`),
  )
  expect(missing).toEqual([])
})

it('the lock file names no registry, and the content of every package', () => {
  const packages = [...lock].filter(([path]) => path !== '')
  expect(packages.filter(([, { resolved }]) => resolved).map(([path]) => path)).toEqual([])
  expect(packages.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([])
})

it('the list of what is in the image has each of its packages, and those alone', () => {
  type Locked = Package & { dev?: boolean; os?: string[]; cpu?: string[] }
  const shipped = [...(lock as Map<string, Locked>)]
    .filter(([path, { dev }]) => path !== '' && !dev && !path.includes('@embedded-'))
    .filter(([, { os, cpu }]) => os?.includes('linux') !== false && cpu?.[0] !== 'arm')
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`)
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { bomFormat, metadata, components } = JSON.parse(stdout) as {
    bomFormat: string
    metadata: { component: object }
    components: { 'bom-ref': string }[]
  } // npm's format
  expect(bomFormat).toBe('CycloneDX')
  expect(metadata.component).toMatchObject({ type: 'application', name: 'freshwave' })
  expect(stdout).not.toMatch(/darwin|win32/)
  expect(components.map((component) => component['bom-ref']).sort()).toEqual([...new Set(shipped)].sort())
})
