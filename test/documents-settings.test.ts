/** Holds the documents of the settings against the code: the table of variables, the explained settings file, and its schema. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainedOptions, settingsSchemaText, shownValue } from '../scripts/settings-schema.ts'
import { readEnvironment } from '../src/config/env.ts'
import { fileSchema, parseSettings } from '../src/config/file.ts'
import { FILE_VARIABLES } from '../src/config/options/file-variables.ts'
import { inspectFile, optionNames } from '../src/config/options/inspect.ts'
import { OLD_OPTIONS } from '../src/config/options/old-options.ts'

const VARIABLES = readFileSync('docs/settings.md', 'utf8')
const quoted = (cell: string) => [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? '')

/** Rows of the table: variables, and their defaults in the same order; a variable without one is unset. */
const documented = VARIABLES.split('\n')
  .filter((line) => /^\| `[A-Z_]+`/.test(line))
  .flatMap((line) => {
    const [, names = '', defaults = ''] = line.split(/(?<!\\)\|/)
    return quoted(names).map((name, at) => ({ name, fallback: quoted(defaults)[at] }))
  })

/** Variables that env.ts reads, in its order. */
const read = [...readFileSync('src/config/env.ts', 'utf8').matchAll(/^ {2}([A-Z_]+):/gm)].map(
  (match) => match[1] ?? '',
)

/** The value as it is written into the environment; undefined: unset. */
function written(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined
  return String(value)
}

describe('the table of variables in docs/settings.md', () => {
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

const SHIPPED = readFileSync('conf/freshwave.yaml', 'utf8')
const explained = explainedOptions(SHIPPED)
const inactive = new Map(explained.filter(({ isActive }) => !isActive).map((option) => [option.name, option]))

describe('conf/freshwave.yaml', () => {
  it('explains every option that the settings file may have, once, and no other', () => {
    expect(explained.map(({ name }) => name).sort()).toEqual(optionNames(fileSchema).sort())
    expect(explained.filter(({ meaning }) => meaning === '')).toEqual([])
  })

  it('gives those that have an effect of their own, with their defaults', () => {
    const given = inspectFile(fileSchema, SHIPPED, 'x').given.map(({ option }) => option)
    expect(given.sort()).toEqual(Object.keys(fileSchema.shape).sort())
    const { handler_build_allowlist: _shippedRules, ...shipped } = parseSettings(SHIPPED, 'x')
    expect(parseSettings('', 'x')).toMatchObject(shipped)
  })

  it.each(Object.entries(FILE_VARIABLES))(
    'shows %s with the default and the names of its variables',
    (name, schema) => {
      const option = inactive.get(name)
      const variables = schema.parse(option && shownValue(option))
      expect(readEnvironment(variables)).toEqual(readEnvironment({}))
      for (const variable of Object.keys(variables)) expect(option?.meaning).toContain(variable)
    },
  )

  it('shows those without a meaning here with their old default and what replaces them', () => {
    for (const [name, { default: fallback, because }] of Object.entries(OLD_OPTIONS)) {
      const option = inactive.get(name)
      expect([name, option && shownValue(option), option?.meaning]).toEqual([name, fallback, because])
    }
  })

  it('names its schema for editors, which is up to date: node scripts/run.mjs scripts/write-settings-schema.ts', () => {
    expect(SHIPPED.split('\n', 1)).toEqual(['# yaml-language-server: $schema=./freshwave.schema.json'])
    expect(readFileSync('conf/freshwave.schema.json', 'utf8')).toBe(settingsSchemaText())
  })
})

describe('an option of the settings file', () => {
  it('is of one kind', () => {
    const names = optionNames(fileSchema)
    expect(names).toEqual([...new Set(names)])
  })
})
