import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withoutCredentials } from '../../../src/lib/log.ts'

/** The same as three expressions; the first two take time that grows with the square of the text's length, or faster. */
const masked = (text: string) =>
  text
    .replace(/(\w+:\/\/[^:/@\s]*):[^/?#\s]*@/g, '$1:***@')
    .replace(/([?&][^=&\s]*(?:secret|passw(?:or)?d|token)[^=&\s]*=)[^&\s]+/gi, '$1***')
    .replace(/(https?:\/\/)[^:/?#@\s]+@/g, '$1***@')

const pieces = [
  ...['http://', 'https://', '://', '/', '//', ':', '@', '?', '&', '=', '#', '_', ' ', '\n'],
  ...['a', 'token', 'Secret', 'passwd', 'password'],
]

it('credentials are masked exactly as the expressions mask them', () => {
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      expect(withoutCredentials(text)).toBe(masked(text))
    }),
    { numRuns: 5000 },
  )
})

it.each(['a', '?token', '&token', 'http://a:', '?secret=', 'a://', '@', '?', '='])(
  'a text of a million characters is masked at once: %s',
  (part) => {
    const text = part.repeat(1_000_000 / part.length)
    expect(withoutCredentials(`${text} https://user:password@host`)).toMatch(/ https:\/\/user:\*\*\*@host$/)
  },
)
