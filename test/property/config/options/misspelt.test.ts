/** A known option with one wrong, missing or additional character is refused, and the right name is suggested. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileSchema } from '../../../../src/config/file.ts'
import { inspectFile, optionNames } from '../../../../src/config/options/inspect.ts'
import { CRITERIA } from '../../../../src/domain/rebuild/discover/criteria.ts'

const NAMES = optionNames(fileSchema)
const character = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789_')

/** One edit of a name, at any place. */
const edits = (name: string, names: readonly string[] = NAMES) =>
  fc
    .record({ at: fc.nat(name.length), remove: fc.boolean(), insert: fc.option(character, { nil: '' }) })
    .map(({ at, remove, insert }) => name.slice(0, at) + insert + name.slice(at + (remove ? 1 : 0)))
    .filter((edited) => edited !== '' && !names.includes(edited))

const suggestionsFor = (option: string) => {
  const { problems } = inspectFile(fileSchema, `${JSON.stringify(option)}: 1`, 'x')
  expect(problems).toHaveLength(1)
  const [, suggested = ''] = /^x:1: .+: is not an option; did you mean (.+)\?$/.exec(problems[0] ?? '') ?? []
  return suggested.split(' or ')
}

describe('one edit', () => {
  it.each(NAMES)('of %s', (name) => {
    fc.assert(
      fc.property(edits(name), (edited) => {
        expect(suggestionsFor(edited)).toContain(name)
      }),
      { numRuns: 20 },
    )
  })

  it('and upper case are corrected together', () => {
    const changed = fc.constantFrom(...NAMES).chain((name) => edits(name).map((edited) => ({ name, edited })))
    fc.assert(
      fc.property(changed, ({ name, edited }) => {
        expect(suggestionsFor(edited.toUpperCase())).toContain(name)
      }),
    )
  })

  it.each(CRITERIA)('of the criterion %s, in a rule at any depth', (name) => {
    fc.assert(
      fc.property(edits(name, CRITERIA), fc.nat(3), (edited, depth) => {
        let rule: unknown = { [edited]: 'x' }
        for (let n = 0; n < depth; n += 1) rule = ['any', [rule]]
        const text = JSON.stringify({ handler_build_allowlist: { global: { image: rule } } })
        const { problems } = inspectFile(fileSchema, text, 'x')
        expect(problems).toHaveLength(1)
        const [, suggested = ''] =
          /: is not a known criterion; did you mean (.+)\?$/.exec(problems[0] ?? '') ?? []
        expect(suggested.split(' or ')).toContain(name)
      }),
      { numRuns: 20 },
    )
  })
})
