import { describe, expect, it } from 'vitest'
import {
  compareNvr,
  epochOf,
  formatNvr,
  isModular,
  minorDist,
  parseNvr,
  parseNvra,
  rebuiltNvr,
  releaseOf,
  rpmFileToNvr,
  secondOfRebuild,
  sortNvrs,
  srpmNevraToNvr,
  stream,
  tryParseNvr,
  withEpoch,
} from '../../../../../src/domain/rebuild/images/nvr.ts'

describe('parsing', () => {
  it('splits from the right, so that names may contain dashes', () => {
    expect(parseNvr('ubi8-init-container-8.2-299')).toEqual({
      name: 'ubi8-init-container',
      version: '8.2',
      release: '299',
      epoch: null,
    })
  })

  it('accepts an epoch before the name or before the version', () => {
    expect(parseNvr('2:bind-9.11-3.el8')).toMatchObject({ name: 'bind', epoch: 2, version: '9.11' })
    expect(parseNvr('bind-32:9.11-3.el8')).toMatchObject({ name: 'bind', epoch: 32, version: '9.11' })
    expect(formatNvr(parseNvr('bind-32:9.11-3.el8'))).toBe('bind-9.11-3.el8')
  })

  it.each(['', 'foo', 'foo-1', '-1-2', 'foo--2', 'foo-1-'])('refuses %j by name', (text) => {
    expect(() => parseNvr(text)).toThrow(`Not a name-version-release: '${text}'`)
    expect(tryParseNvr(text)).toBeNull()
  })

  it('separates the architecture, with and without .rpm', () => {
    const expected = { name: 'openssl', nvr: 'openssl-1.2.3-2.el8', arch: 'x86_64' }
    expect(parseNvra('openssl-1.2.3-2.el8.x86_64')).toEqual(expected)
    expect(parseNvra('openssl-1.2.3-2.el8.x86_64.rpm')).toEqual(expected)
    expect(() => parseNvra('openssl')).toThrow("Not a name-version-release.arch: 'openssl'")
  })

  it('converts names of RPM files and source RPMs to NVRs', () => {
    expect(rpmFileToNvr('openssl-libs-1.2.3-2.el8_6.x86_64.rpm')).toBe('openssl-libs-1.2.3-2.el8_6')
    expect(srpmNevraToNvr('openssl-0:1.2.3-2.el8.src')).toBe('openssl-1.2.3-2.el8')
  })
})

describe('parts', () => {
  it('of a name that may have an epoch or none', () => {
    expect(epochOf('openssl-1:1.2.3-2.el8')).toBe(1)
    expect(epochOf('openssl-0:1.2.3-2.el8.src')).toBe(0)
    expect(epochOf('openssl-1.2.3-2.el8')).toBeNull()
    expect(epochOf('openssl')).toBeNull()
    expect(withEpoch('openssl-1.2.3-2.el8', 1)).toBe('openssl-1:1.2.3-2.el8')
    expect(withEpoch('openssl-1.2.3-2.el8', null)).toBe('openssl-1.2.3-2.el8')
    expect(withEpoch('openssl', 1)).toBe('openssl')
  })

  it('have the release, where there is one', () => {
    expect(releaseOf('app-1-2.1769846400')).toBe('2.1769846400')
    expect(releaseOf('app')).toBeUndefined()
    expect(releaseOf(null)).toBeUndefined()
  })

  it('have the dist tag of the release alone, whatever the name and the version are like', () => {
    expect(stream('leapp-el7.el7toel8-0.1.el7-1.el8')).toBe('el8')
    expect(stream('leapp-0.1.el7-1')).toBe('')
    expect(minorDist('leapp-0.1.el7_9-1.el8')).toBeNull()
    expect(minorDist('leapp-0.1.el7_9-1.el8_6.2')).toBe('el8_6')
  })
})

describe('order', () => {
  it('sorts by version, not by text', () => {
    expect(sortNvrs(['foo-1-10', 'foo-1-2', 'foo-1-1'])).toEqual(['foo-1-1', 'foo-1-2', 'foo-1-10'])
  })

  it('sorts by name first', () => {
    expect(sortNvrs(['foo-1-10', 'bar-1-2', 'foo-1-1'])).toEqual(['bar-1-2', 'foo-1-1', 'foo-1-10'])
  })

  it('reverses both when descending and keeps the order of equal builds', () => {
    expect(sortNvrs(['foo-1-10', 'bar-1-2', 'foo-1-1'], { descending: true })).toEqual([
      'foo-1-10',
      'foo-1-1',
      'bar-1-2',
    ])
    expect(sortNvrs(['a-1.0-1', 'a-1_0-1'], { descending: true })).toEqual(['a-1.0-1', 'a-1_0-1'])
    expect(sortNvrs(['a-1.0-1', 'a-1_0-1'])).toEqual(['a-1.0-1', 'a-1_0-1'])
  })

  it('compares the epoch before the version', () => {
    expect(compareNvr(parseNvr('a-1:1-1'), parseNvr('a-2-1'))).toBe(1)
    expect(compareNvr(parseNvr('a-0:1-1'), parseNvr('a-1-1'))).toBe(0)
  })

  it('refuses to compare builds of different names', () => {
    expect(() => compareNvr(parseNvr('a-1-1'), parseNvr('b-1-1'))).toThrow(
      "Cannot compare builds of different names: 'a-1-1' and 'b-1-1'",
    )
  })
})

describe('streams', () => {
  it.each([
    ['openssl-1.1.1k-5.el8', 'el8'],
    ['openssl-1.1.1k-5.el8_6', 'el8'],
    ['openssl-1.1.1k-5.el8_6.2', 'el8'],
    ['openssl-3.0.1-41.el9_0', 'el9'],
    ['openssl-3.2-1.el10_0', 'el10'],
    ['ceph-12.2.5-42.el7cp', 'el7'],
    ['openshift-4.12-1.git0.rhaos4.12.el8', 'el8'],
    ['nodejs-18.1-1.module+el8.6.0+15294+5a5ba31f', 'module+el8'],
    ['bash-5.2-1.fc39', 'fc39'],
    ['foo-1-2', ''],
    ['kernel8-1-2', ''],
    ['foo-1-3.model8', ''],
    ['model1-el2.0-3', ''],
  ])('%s belongs to %j', (nvr, expected) => {
    expect(stream(nvr)).toBe(expected)
  })

  it('compares only within one stream', () => {
    expect(stream('a-1-1.el8_6')).toBe(stream('a-2-1.el8_9'))
    expect(stream('a-1-1.el8')).not.toBe(stream('a-2-1.el9'))
    expect(stream('a-1-1.el8')).not.toBe(stream('a-2-1.module+el8.6.0+1+a'))
  })

  it('recognizes builds of a module by their dist tag', () => {
    expect(isModular('nodejs-18.1-1.module+el8.6.0+15294+5a5ba31f')).toBe(true)
    expect(isModular('nodejs-18.1-1.el8')).toBe(false)
  })
})

describe('a text that no build can have as its name is not an NVR', () => {
  it.each(['a\0-1-1', 'a\ud800-1-1', 'a-1-1\x1b', 'a b-1-1', '💥-1-1', `${'a'.repeat(500)}-1-1`])(
    '%j',
    (text) => {
      expect(tryParseNvr(text)).toBeNull()
    },
  )
})

describe('the NVR of a rebuild', () => {
  it.each([
    ['python-v3.6-201910221723', 1572631468.18, '', 'python-v3.6-201910221723.1572631468'],
    ['python-v3.6-201910221723', 1572631468.18, '.dev', 'python-v3.6-201910221723.1572631468.dev'],
    ['foo-1-2', 1234567.1, '', 'foo-1-2.1234567'],
    ['foo-1-2.1500000000', 1600000000, '', 'foo-1-2.1600000000'],
  ])('%s at %d becomes %4$s', (original, seconds, suffix, expected) => {
    expect(rebuiltNvr(original, seconds, suffix)).toBe(expected)
    expect(secondOfRebuild(expected)).toBe(Math.floor(seconds))
  })

  it('has a second that other NVRs do not have', () => {
    expect(secondOfRebuild('foo-1-2')).toBeNull()
    expect(secondOfRebuild('foo-1-2.el8')).toBeNull()
    expect(secondOfRebuild('foo')).toBeNull()
  })
})
