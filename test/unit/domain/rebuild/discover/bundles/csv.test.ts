/** Names and versions of rebuilt bundles (case A37). */
import { describe, expect, it } from 'vitest'
import {
  csvUpdate,
  isSemver,
  rebuiltCsvName,
  rebuiltVersion,
} from '../../../../../../src/domain/rebuild/discover/bundles/csv.ts'

const NOW = 1608854400

describe('the version of a rebuilt bundle (A37)', () => {
  it.each([
    ['1.2.3', '1.2.3+0.1608854400.p'],
    ['1.2.3+beta3', '1.2.3+beta3.0.1608854400.p'],
    ['1.2.3+beta3.0.1608853000.p', '1.2.3+beta3.0.1608854400.p'],
    ['1.2.3+beta3.0.1608853000.patched', '1.2.3+beta3.0.1608854400.p'],
    ['1.2.3+0.1608853000.p', '1.2.3+0.1608854400.p'],
    ['1.2.3-rc.1+0.1608853000.patched', '1.2.3-rc.1+0.1608854400.p'],
    ['1.2.3+10.1608853000.p', '1.2.3+10.1608853000.p.0.1608854400.p'],
    ['1.2.3+0.1608853000.p.more', '1.2.3+0.1608853000.p.more.0.1608854400.p'],
  ])('of %s is %s', (version, expected) => {
    expect(rebuiltVersion(version, NOW + 0.18)).toBe(expected)
  })
})

describe('the name of a rebuilt CSV', () => {
  it.each([
    ['op.v1.2.3', '1.2.3', 'op.v1.2.3-0.1608854400.p'],
    ['op.v1.2.3-beta3', '1.2.3+beta3', 'op.v1.2.3-beta3.0.1608854400.p'],
    ['op.v1.2.3-0.1608853000.p', '1.2.3+0.1608853000.p', 'op.v1.2.3-0.1608854400.p'],
    ['op-1.2.3.v1.2.3', '1.2.3', 'op-1.2.3-0.1608854400.p.v1.2.3-0.1608854400.p'],
    ['op.stable', '1.2.3', 'op.stable.0.1608854400.p'],
    ['op.v1.2.3', '', 'op.v1.2.3.0.1608854400.p'],
  ])('of %s with version %s is %s', (name, version, expected) => {
    expect(rebuiltCsvName({ name, version }, NOW)).toBe(expected)
  })

  it('goes into the update together with version and annotation', () => {
    expect(csvUpdate({ name: 'op.v1.2.3', version: '1.2.3' }, NOW, 'op.v1.2.3')).toEqual({
      name: 'op.v1.2.3-0.1608854400.p',
      version: '1.2.3+0.1608854400.p',
      substitutesFor: 'op.v1.2.3',
    })
  })
})

describe('a semantic version', () => {
  it.each(['1.2.3', '0.0.1-rc.1', '1.2.3+0.1608853000.p', '1.2.3-a.b+c', '1.2.3-0', '1.2.3-0a.10+01'])(
    'is %s',
    (text) => {
      expect(isSemver(text)).toBe(true)
    },
  )

  it.each([
    '',
    '1.2',
    'v1.2.3',
    '01.2.3',
    '1.2.3+',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3-a.00',
    '1.2.3 ',
    `1.2.3-${'a'.repeat(300)}`,
  ])('is not %j', (text) => {
    expect(isSemver(text)).toBe(false)
  })
})
