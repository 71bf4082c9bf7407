/** Holds the documents of the settings against the code: README's table, and the explained settings file. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readEnvironment } from '../src/config/env.ts'
import { parseSettings } from '../src/config/file.ts'

const README = readFileSync('README.md', 'utf8')
const quoted = (cell: string) => [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? '')

/** Rows of README's table: variables, and their defaults in the same order; a variable without one is unset. */
const documented = README.split('\n')
  .filter((line) => /^\| `[A-Z_]+`/.test(line))
  .flatMap((line) => {
    const [, names = '', defaults = ''] = line.split(/(?<!\\)\|/)
    return quoted(names).map((name, at) => ({ name, fallback: quoted(defaults)[at] }))
  })

/** Variables that env.ts reads, in its order. */
const read = [...readFileSync('src/config/env.ts', 'utf8').matchAll(/^ {2}([A-Z_]+):/gm)].map(
  (match) => match[1] ?? '',
)

/** As it is written into the environment; undefined: unset. */
function written(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined
  return String(value)
}

describe('the table of settings in README.md', () => {
  it('names every variable that is read, once, and no other', () => {
    expect(read.length).toBeGreaterThan(30)
    expect(documented.map(({ name }) => name).sort()).toEqual([...read].sort())
  })

  it('gives the defaults', () => {
    const environment: Record<string, unknown> = readEnvironment({})
    const actual = { ...environment, PUBLIC_URL: 'http://HOST:PORT' }
    const wrong = documented.filter(({ name, fallback }) => fallback !== written(Reflect.get(actual, name)))
    expect(wrong).toEqual([])
  })
})

describe('conf/freshwave.yaml', () => {
  it('holds every option of the settings file', () => {
    const explained = Object.keys(parse(readFileSync('conf/freshwave.yaml', 'utf8')))
    expect(explained.sort()).toEqual(Object.keys(parseSettings('', 'x')).sort())
  })
})
