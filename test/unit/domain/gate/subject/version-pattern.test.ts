import { expect, it } from 'vitest'
import { versionPattern } from '../../../../../src/domain/gate/subject/version-pattern.ts'

it.each([
  ['^(rhel)-(\\d+)$', '\\1-\\2', 'rhel-9', 'rhel-9'],
  ['^(?P<name>\\w+)-\\d+$', '\\g<name>', 'rhel-9', 'rhel'],
  ['^rhel-\\d+$', '\\g<0>', 'rhel-9', 'rhel-9'],
  ['^rhel-\\d+$', 'of \\g<0>, $& and $0', 'rhel-9', 'of rhel-9, $& and $0'],
  ['^(rhel)-\\d+$', '\\1', 'fedora-9', null],
])('the pattern %s with the version %s turns %s into %s', (match, productVersion, text, version) => {
  expect(versionPattern(match, productVersion).apply(text)).toBe(version)
})
