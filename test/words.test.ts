/** Holds the vocabulary of the glossary: a second word for a thing, once retired, does not come back as a name in the code. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** `within`: where the word is retired; elsewhere it means something else. `allowed`: names that keep it. */
type Retired = { word: RegExp; instead: string; within?: RegExp; allowed?: readonly string[] }

const RETIRED: readonly Retired[] = [
  // The verb stays, and `tries` where JSON and pages have it.
  {
    word: /^(try|tries)$/,
    instead: 'attempt',
    allowed: ['tryParseNvr', 'tagsToTry', 'TRY_EVERY_MS', 'tries'],
  },
  {
    word: /^tries$/,
    instead: 'attempts',
    within: /^(workers|queues|src\/(db|domain|commands|handlers|clients|lib|bus))\//,
  },
  // Elsewhere a line of a text, or where an image is offered.
  { word: /^places?$/, instead: 'slot', within: /^(workers|queues|src\/lib\/async)\// },
  // Elsewhere what a filter has not dropped.
  { word: /^kept$/, instead: 'cached', within: /^src\/(api|lib|clients\/koji\/hub|commands\/gate|context)/ },
  // The noun stays: a build has a note.
  { word: /^note \w/, instead: 'record', allowed: ['noteOf', 'noteOn'] },
  { word: /^unite[sd]?$/, instead: 'merge' },
  { word: /^put off$/, instead: 'postpone' },
  // Elsewhere what discovery has found.
  { word: /^findings?$/, instead: 'problem', within: /^src\/config\// },
]

const CODE =
  /\/\*.*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\b(?<name>[A-Za-z_$][\w$]*)/gs
const KEYWORDS = new Set(['try'])

/** The names in a file, without those in comments and texts. */
function namesIn(code: string): Set<string> {
  const names = [...code.matchAll(CODE)].flatMap(({ groups }) => groups?.['name'] ?? [])
  return new Set(names.filter((name) => !KEYWORDS.has(name)))
}

/** `KEPT_FOR` and `isKept` have the words `kept for` and `is kept`; pairs of neighbors count as words too. */
function wordsOf(name: string): string[] {
  const spaced = /[a-z]/.test(name) ? name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ') : name.replaceAll('_', ' ')
  const words = spaced.toLowerCase().split(/[ _$]+/)
  return words.flatMap((word, index) => [word, `${word} ${words[index + 1] ?? ''}`])
}

function retiredNames(file: string, code: string): string[] {
  return [...namesIn(code)].flatMap((name) => {
    const retired = RETIRED.find(
      ({ word, within, allowed }) =>
        !allowed?.includes(name) &&
        (within?.test(file) ?? true) &&
        wordsOf(name).some((each) => word.test(each)),
    )
    return retired ? [`${file}: ${name} (use ${retired.instead})`] : []
  })
}

describe('names', () => {
  it('in the code have no retired word', () => {
    const files = globSync('{src,workers,queues}/**/*.ts', { exclude: ['src/db/migrations/**'] })
    expect(files.length).toBeGreaterThan(500)
    expect(files.flatMap((file) => retiredNames(file, readFileSync(file, 'utf8')))).toEqual([])
  })

  it.each([
    ['src/domain/a.ts', 'const maxTries = 3', 'maxTries'],
    ['src/domain/a.ts', 'const MAX_TRIES = 3', 'MAX_TRIES'],
    ['workers/run/a.ts', 'takePlace()', 'takePlace'],
    ['src/lib/async/a.ts', 'type KeptAnswer = string', 'KeptAnswer'],
    ['workers/run/a.ts', 'const wasPutOff = true', 'wasPutOff'],
  ])('with one are found: %s: %s', (file, code, name) => {
    expect(retiredNames(file, code)).toEqual([expect.stringContaining(`${name} (use `)])
  })

  it.each([
    ['src/domain/a.ts', "try { call('maxTries') } catch {} // kept in places"],
    ['src/domain/a.ts', 'const { kept } = filterImages(images)'],
    ['src/domain/a.ts', 'const entries = retries + country'],
  ])('without one are not: %s: %s', (file, code) => {
    expect(retiredNames(file, code)).toEqual([])
  })
})
