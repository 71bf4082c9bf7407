import { expect, it } from 'vitest'
import { MAX_KEPT, shortened } from '../../../src/lib/shortened.ts'

it('a text that is not too long is kept as it is', () => {
  for (const text of ['', 'short', 'x'.repeat(MAX_KEPT)]) expect(shortened(text)).toBe(text)
})

it('a longer text loses its middle, and no character is cut in half', () => {
  const text = `${'a'.repeat(MAX_KEPT / 2)}b${'c'.repeat(MAX_KEPT / 2)}`
  expect(shortened(text)).toBe(text.replace('b', '\n[characters left out: 1]\n'))
  expect(shortened(`x${'\u{1f600}'.repeat(MAX_KEPT)}`).isWellFormed()).toBe(true)
})
