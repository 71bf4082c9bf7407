/** Expressions match as in Python; the expected values are from Python 3.11. */
import { describe, expect, it } from 'vitest'
import { fromPython } from '../../../../src/domain/python/pattern.ts'

function firstMatch(pattern: string, text: string): string | undefined {
  const { source, flags } = fromPython(pattern)
  return new RegExp(source, flags).exec(text)?.[0]
}

describe('an expression', () => {
  it.each([
    [String.raw`rhel\-(\d+)`, 'rhel-8', 'rhel-8'],
    [String.raw`a\_b\:c\/d`, 'a_b:c/d', 'a_b:c/d'],
    [String.raw`\Arhel-\d\Z`, 'rhel-8', 'rhel-8'],
    [String.raw`\Arhel`, 'a rhel', undefined],
    [String.raw`rhel\Z`, 'rhel-8', undefined],
    ['(?i)^RHEL', 'rhel-8', 'rhel'],
    ['(?is)a.b', 'A\nB', 'A\nB'],
    ['(?P<v>[0-9])-(?P=v)', '7-8 8-8', '8-8'],
    ['a{,2}b', 'aaab', 'aab'],
    ['a{2,}', 'aaa', 'aaa'],
    ['a{2}', 'aaa', 'aa'],
    ['a{b', 'a{b', 'a{b'],
    ['a}b]', 'a}b]', 'a}b]'],
    ['{}', '{}', '{}'],
    ['[]a]+', 'a]b', 'a]'],
    ['[^]a]+', ']ab', 'b'],
    [String.raw`[\-\.\]x{]+`, 'a-.]x{', '-.]x{'],
    ['[a-c]+', 'xabcd', 'abc'],
    ['[a]b]', 'ab]', 'ab]'],
    ['(?ia)[a]', 'A', 'A'],
    ['(?:a|b)+(?=c)', 'abac', 'aba'],
    ['é+', 'éé', 'éé'],
  ])('%s finds in %j: %j', (pattern, text, found) => {
    expect(firstMatch(pattern, text)).toBe(found)
  })

  it.each(['(', '[a', 'a**', '(?P<n>a)(?P<n>b)', String.raw`\q`])('%s is not valid', (pattern) => {
    expect(() => firstMatch(pattern, '')).toThrow(SyntaxError)
  })
})
