/** Holds the licences of all packages to a list: those of the image, and those that only develop it. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Permissive: their notices are kept in the image, in the package's folder. */
const SHIPPED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'])
/** Those, and what is only run here and never passed on. */
const DEVELOPED_WITH = new Set([...SHIPPED, 'MPL-2.0', 'CC0-1.0'])

type Package = { license?: string; dev?: boolean }
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Package>
} // npm's format
const all = Object.entries(packages).filter(([path]) => path !== '')

/** `A OR B` needs one of them, `A AND B` both, and AND binds closer; the innermost group of an expression is replaced by its verdict. */
function isAllowed(expression: string | undefined, allowed: ReadonlySet<string>): boolean {
  const [group, inner] = /\(([^()]*)\)/.exec(expression ?? '') ?? []
  if (expression && group) {
    const verdict = isAllowed(inner, allowed) ? 'MIT' : 'refused'
    return isAllowed(expression.replace(group, verdict), allowed)
  }
  const terms = (expression ?? '').split(' OR ')
  return terms.some((term) => term.split(' AND ').every((name) => allowed.has(name.trim())))
}

it('packages of the image have permissive licences', () => {
  const shipped = all.filter(([, { dev }]) => !dev)
  expect(shipped.length).toBeGreaterThan(50)
  expect(shipped.filter(([, { license }]) => !isAllowed(license, SHIPPED)).map(describe)).toEqual([])
})

it('packages of the development have licences that were considered', () => {
  expect(all.filter(([, { license }]) => !isAllowed(license, DEVELOPED_WITH)).map(describe)).toEqual([])
})

it.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT OR GPL-3.0-only) AND Elastic-2.0', false],
  ['Elastic-2.0 AND (MIT OR (ISC AND Apache-2.0))', false],
  ['ISC AND (GPL-3.0-only OR (MIT AND Apache-2.0))', true],
  ['Apache-2.0 WITH LLVM-exception', false],
  ['SEE LICENSE IN LICENSE.txt', false],
  [undefined, false],
])('%s is allowed: %s', (expression, expected) => {
  expect(isAllowed(expression, SHIPPED)).toBe(expected)
})

function describe([path, { license }]: [string, Package]): string {
  return `${path}: ${license ?? 'no licence'}`
}
