/** Random and hostile patterns: they match what the simplest possible code matches, in bounded time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globs } from '../../../../../src/domain/gate/policy/glob.ts'

/** The meaning of a pattern as the simplest possible code, which takes exponential time. */
function naive(pattern: string[], text: string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)))
  if (text.length === 0) return false
  const closing = pattern.indexOf(']', pattern[1] === '!' ? 3 : 2)
  if (first === '[' && closing > 0) {
    const negated = pattern[1] === '!'
    const isMember = inSet(pattern.slice(negated ? 2 : 1, closing), text[0] ?? '')
    return isMember !== negated && naive(pattern.slice(closing + 1), text.slice(1))
  }
  return (first === '?' || first === text[0]) && naive(rest, text.slice(1))
}

function inSet([from, dash, to, ...rest]: string[], character: string): boolean {
  if (from === undefined) return false
  if (dash === '-' && to !== undefined) {
    return (from <= character && character <= to) || inSet(rest, character)
  }
  return (
    from === character ||
    inSet(
      [dash, to, ...rest].filter((item) => item !== undefined),
      character,
    )
  )
}

describe('patterns', () => {
  const letters = (more: string) =>
    fc.string({ unit: fc.constantFrom(...'ab]^\\.-/', ...more), maxLength: 8 })

  it('match what the reference matches', () => {
    fc.assert(
      fc.property(letters('**?[[!😀'), letters('😀\n'), (pattern, text) => {
        expect(globs([pattern]).matches(text)).toBe(naive([...pattern], [...text]))
      }),
      { numRuns: 5000 },
    )
  })

  it('never throw, whatever they contain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (pattern, text) => {
        globs([pattern, `*${pattern}*`]).matches(text)
      }),
    )
  })

  it('match in bounded time', () => {
    const text = 'a'.repeat(8192)
    const patterns = [
      '*a'.repeat(500),
      '*a*'.repeat(333),
      `${'a*'.repeat(499)}b`,
      `*${'a'.repeat(998)}b`,
      `*${'?'.repeat(998)}b`,
      `${'*[a-z]'.repeat(166)}b`,
    ]
    for (const pattern of patterns) globs([pattern]).matches(text) // the limit is that of the test
  })
})
