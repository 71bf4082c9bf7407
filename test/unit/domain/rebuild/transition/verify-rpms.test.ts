import { describe, expect, it } from 'vitest'
import {
  affectedReason,
  ancestorReason,
  indexFixed,
  olderRpms,
} from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import { mismatchText, verifyRpms } from '../../../../../src/domain/rebuild/transition/verify-rpms.ts'
import { rpm } from '../../../../support/planned-images.ts'

const older = (fixed: string[], ...nvras: string[]) => olderRpms(indexFixed(fixed), nvras.map(rpm))

describe('which installed RPMs lack the fix', () => {
  it('finds the older one and says what it is measured against', () => {
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-2.el8.x86_64', 'bash-5-1.el8.x86_64')).toEqual([
      { name: 'openssl', installed: 'openssl-1.1-2.el8', wanted: 'openssl-1.1-3.el8' },
    ])
  })

  it('takes equal and newer ones for fixed', () => {
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-3.el8.x86_64')).toEqual([])
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-10.el8.x86_64')).toEqual([])
  })

  it('never measures an RPM against another stream', () => {
    const fixed = ['openssl-1.1-3.el8', 'openssl-3.0-9.el9', 'nodejs-18.2-1.module+el8.6.0+1+a']
    expect(older(fixed, 'openssl-1.1-3.el8.x86_64')).toEqual([])
    expect(older(fixed, 'openssl-3.0-8.el9_0.x86_64')).toMatchObject([{ wanted: 'openssl-3.0-9.el9' }])
    expect(older(fixed, 'openssl-1.0-1.el7.x86_64')).toEqual([])
    expect(older(fixed, 'nodejs-16.1-1.el8.x86_64')).toEqual([])
    expect(older(fixed, 'nodejs-18.1-1.module+el8.5.0+7+b.x86_64')).toHaveLength(1)
  })

  it('accepts every build of the advisory, even when it lists a newer one of the stream', () => {
    const fixed = ['openssl-1.1-5.el8_6', 'openssl-1.1-12.el8_9']
    expect(older(fixed, 'openssl-1.1-5.el8_6.x86_64')).toEqual([])
    expect(older(fixed, 'openssl-1.1-4.el8_6.x86_64')).toMatchObject([{ wanted: 'openssl-1.1-12.el8_9' }])
    expect(older(fixed, 'openssl-1.1-7.el8_8.x86_64')).toHaveLength(1)
    expect(older(fixed.toReversed(), 'openssl-1.1-7.el8_8.x86_64')).toMatchObject([
      { wanted: 'openssl-1.1-12.el8_9' },
    ])
  })

  it('looks at all architectures and names each build once', () => {
    const found = older(
      ['openssl-1.1-3.el8'],
      'openssl-1.1-3.el8.x86_64',
      'openssl-1.1-2.el8.s390x',
      'openssl-1.1-2.el8.ppc64le',
    )
    expect(found.map((one) => one.installed)).toEqual(['openssl-1.1-2.el8'])
  })

  it('does not compare epochs, which the catalogue leaves out', () => {
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-4.el8.x86_64')).toEqual([])
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-3.el8.x86_64')).toEqual([])
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-2.el8.x86_64')).toHaveLength(1)
  })

  it('refuses an advisory build that is no NVR', () => {
    expect(() => indexFixed(['openssl'])).toThrow("Not a name-version-release: 'openssl'")
  })

  it('explains itself for images and for ancestors', () => {
    const found = older(['openssl-1.1-3.el8'], 'openssl-1.1-2.el8.x86_64')
    expect(affectedReason(found)).toBe('openssl-1.1-2.el8 is older than openssl-1.1-3.el8')
    expect(ancestorReason('app-1-1', found)).toBe(
      'app-1-1 is built on it, and openssl-1.1-2.el8 is older than openssl-1.1-3.el8',
    )
  })
})

describe('the check of a finished container', () => {
  const fixed = ['openssl-1.1-3.el8', 'openssl-libs-1.1-3.el8']

  it('passes with the RPMs of the advisory or newer ones, whatever else is inside', () => {
    const installed = [
      'openssl-1.1-3.el8.x86_64',
      'openssl-libs-1.1-4.el8.x86_64',
      'bash-1-1.el8.x86_64',
    ].map(rpm)
    expect(verifyRpms(fixed, installed)).toEqual({ ok: true })
    expect(verifyRpms(fixed, [])).toEqual({ ok: true })
  })

  it('fails with every RPM that is too old, and a text with both versions', () => {
    const installed = ['openssl-1.1-2.el8.x86_64', 'openssl-libs-1.1-1.el8.aarch64'].map(rpm)
    const check = verifyRpms(fixed, installed)
    if (check.ok) throw new Error('the check passed')
    expect(check.mismatches.map((one) => one.name)).toEqual(['openssl', 'openssl-libs'])
    expect(mismatchText(1016224, 123, check.mismatches)).toBe(
      'The following RPMs in container build (1016224) do not match with the latest RPMs in advisory (123):\n' +
        'openssl: openssl-1.1-2.el8 instead of openssl-1.1-3.el8\n' +
        'openssl-libs: openssl-libs-1.1-1.el8 instead of openssl-libs-1.1-3.el8',
    )
  })
})
