/** Checks which texts the patterns of policies match (behaviour/greenwave 1.5). */
import { describe, expect, it } from 'vitest'
import { globs } from '../../../../../src/domain/gate/policy/glob.ts'

describe('a pattern', () => {
  const matches = (pattern: string, text: string) => globs([pattern]).matches(text)

  it.each([
    ['fedora-*', 'fedora-26'],
    ['*', ''],
    ['a*c*e', 'a/b\nc.d e'],
    ['**a**', 'bab'],
    ['f?o', 'fóo'.normalize('NFC')],
    ['?', '😀'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[]a]', ']'],
    ['[!]a]', 'b'],
    ['[a-]', '-'],
    ['[\\]', '\\'],
    ['[^a]', '^'],
    ['[', '['],
    ['[a', '[a'],
    ['a.b+(c){1}|$^', 'a.b+(c){1}|$^'],
    ['{a,b}', '{a,b}'],
    ['a*a', 'aa'],
    ['[!z-a]', 'q'],
    ['a*b*c', 'axbxc'],
    ['[axc]', 'x'],
    ['[b-b]', 'b'],
    ['[!a]', '!'],
  ])('%s matches %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true)
  })

  it.each([
    ['fedora-*', 'Fedora-26'],
    ['fedora-*', 'xfedora-26'],
    ['a*b*c', 'axxc'],
    ['a*bb*c', 'abxbc'],
    ['[axc]', 'b'],
    ['a?', 'a'],
    ['a*a', 'a'],
    ['*ab', 'abc'],
    ['[a-c]x', 'dx'],
    ['[!a-c]x', 'bx'],
    ['[z-a]', 'q'],
    ['{a,b}', 'a'],
    ['a.c', 'abc'],
    ['', 'a'],
    ['!a', 'b'],
  ])('%s does not match %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false)
  })

  it('of a list suffices', () => {
    expect(globs(['a', 'b*']).matches('bc')).toBe(true)
    expect(globs([]).matches('')).toBe(false)
  })
})
