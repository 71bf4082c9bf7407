/** The product versions of a subject, which its type, its name or its build target determine (behaviour/greenwave 2). */
import { describe, expect, it } from 'vitest'
import {
  guessFrom,
  guessProductVersions,
  needsBuildTarget,
  productVersionsOf,
} from '../../../../../src/domain/gate/subject/product-version.ts'
import { readSubjectTypes } from '../../../../../src/gate-input/policies/read-subject-types.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { readYaml } from '../../../../../src/lib/yaml/read.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

const of = (type: string, identifier: string) => subjectFromName(TYPES, type, identifier)

describe('product versions', () => {
  it.each([
    ['compose', 'RHEL-8.5.0-20210101.d.1', ['rhel-8']],
    ['compose', 'FEDORA-35', []],
    ['compose', 'RHEL-9000', []],
    ['redhat-module', 'anything', ['rhel-8']],
    ['koji_build', 'a-1-1.el8', []],
  ])('of the %s %s are %j', (type, identifier, versions) => {
    expect(productVersionsOf(of(type, identifier))).toEqual(versions)
  })

  it.each([
    ['rhel-8.5.0-candidate', ['rhel-8', 'rhel-8.5']],
    ['rhel-9.2.0-beta-candidate', ['rhel-9', 'rhel-9.2']],
    ['f35', ['fedora-35']],
    ['f35-candidate', ['fedora-35']],
    ['epel7-candidate', ['epel-7']],
    ['who-knows', ['rhel-7']],
    [null, ['rhel-7']],
  ])('of a build for %s are %j', (target, versions) => {
    expect(guessProductVersions(of('koji_build', 'a-1-1.el7'), target)).toEqual(versions)
  })

  it('of a type with a fixed one are only that, whatever the name of the build', () => {
    const image = of('redhat-container-image', 'a-1-1.el9')
    for (const target of [null, 'rhel-9.2.0-candidate'])
      expect(guessProductVersions(image, target)).toEqual(['rhel-8'])
  })

  it('need a build target only when nothing else determines them', () => {
    expect(needsBuildTarget(of('koji_build', 'a-1-1'))).toBe(true)
    expect(needsBuildTarget(of('redhat-container-image', 'a-1-1'))).toBe(false)
    expect(needsBuildTarget(of('compose', 'X'))).toBe(false)
  })

  it.each([
    ['rawhide', true, 'fedora-rawhide'],
    ['Fedora-Rawhide-2020', false, 'fedora-rawhide'],
    ['f35-candidate', true, 'fedora-35'],
    ['f35', false, null],
    ['epel7-candidate', false, 'epel-7'],
    ['el8_4', false, 'rhel-8'],
    ['el99', true, 'rhel-99'],
    ['rhel-8.5.0-candidate', true, 'rhel-8'],
    ['fc27', false, 'fedora-27'],
    ['fc27', true, 'fedora-27'],
    ['Fedora-28-2020', false, 'fedora-28'],
    ['el0', false, null],
    ['el007', false, 'rhel-7'],
    [`f${'9'.repeat(25)}`, true, `fedora-${'9'.repeat(25)}`],
    ...['el', 'elastic8', 'fc', 'Fedora', 'rhelx', 'eln', ''].map((text): [string, boolean, null] => [
      text,
      true,
      null,
    ]),
  ])('%s (of a build: %s) means %s', (text, isKojiBuild, version) => {
    expect(guessFrom(text, isKojiBuild)).toBe(version)
  })

  it('may contain named groups and dollar signs of a pattern', () => {
    const yaml = String.raw`
id: x
product_version_match:
  - {match: '(?P<os>[A-Z]+)-(\d+)', product_version: '\g<os>$1-\2'}
  - {match: 'b', product_version: never}
`
    const [type] = readSubjectTypes(readYaml(yaml)).read
    expect(type && productVersionsOf({ type, identifier: 'OS-7-b' })).toEqual(['os$1-7-b'])
  })
})
