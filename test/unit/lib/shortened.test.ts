import { expect, it } from 'vitest'
import { MAX_LENGTH, shortened } from '../../../src/lib/shortened.ts'

it('a text that is not too long is kept as it is', () => {
  for (const text of ['', 'short', 'x'.repeat(MAX_LENGTH)]) expect(shortened(text)).toBe(text)
})

it('a longer text loses its middle, and no character is cut in half', () => {
  const text = `${'a'.repeat(MAX_LENGTH / 2)}b${'c'.repeat(MAX_LENGTH / 2)}`
  expect(shortened(text)).toBe(text.replace('b', '\n[characters left out: 1]\n'))
  expect(shortened(`x${'\u{1f600}'.repeat(MAX_LENGTH)}`).isWellFormed()).toBe(true)
})
