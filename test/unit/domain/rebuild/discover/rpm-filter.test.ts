/** The filters by RPMs, with the versions in their reasons; images whose records cannot be read as a whole are neither judged nor taken for fixed. */
import { describe, expect, it } from 'vitest'
import { dropped, KEPT } from '../../../../../src/domain/rebuild/discover/image-filter.ts'
import {
  dropFixed,
  dropOtherModularity,
  dropWithoutNames,
  rpmFilters,
  whenOffersReadable,
} from '../../../../../src/domain/rebuild/discover/rpm-filter.ts'
import { indexFixed } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { drop } from '../../../../support/discover/dropped-images.ts'
import { image, rpm } from '../../../../support/rebuild/planned-images.ts'

describe('the filter by RPMs', () => {
  const fixed = indexFixed(['openssl-1.1-3.el8', 'nodejs-18.2-1.module+el8.6.0+1+a'])
  const withRpms = (...nvras: string[]) => image('a-1-1', { rpms: nvras.map(rpm) })

  it('keeps an image whose RPMs are unknown', () => {
    for (const filter of rpmFilters(fixed)) expect(drop(filter, image('a-1-1', { rpms: null }))).toBeNull()
  })

  it.each([['openssl-1.1-3.el8.aarch64'], ['bash-5-1.el8.aarch64'], ['nodejs-16.1-1.el8.aarch64']])(
    'keeps an image whose RPMs are unknown for one architecture, and are only %s for the others',
    (nvra) => {
      const known = { ...withRpms(nvra), archesWithoutRpms: ['x86_64'] }
      for (const filter of rpmFilters(fixed)) expect(drop(filter, known)).toBeNull()
      expect(rpmFilters(fixed).some((filter) => drop(filter, withRpms(nvra)) !== null)).toBe(true)
    },
  )

  it('drops an image without the names', () => {
    expect(drop(dropWithoutNames(fixed), withRpms('bash-5-1.el8.x86_64'))).toBe(
      'rpm-names: it has none of the RPMs openssl, nodejs',
    )
    expect(drop(dropWithoutNames(fixed), withRpms('openssl-9-1.el9.x86_64'))).toBeNull()
  })

  it('drops an image whose RPMs are fixed, with both versions in the reason', () => {
    expect(drop(dropFixed(fixed), withRpms('openssl-1.1-3.el8.x86_64', 'openssl-1.1-3.el8.s390x'))).toBe(
      'rpm-version: none of its RPMs is older than the fixed ones: openssl-1.1-3.el8 against openssl-1.1-3.el8',
    )
    expect(drop(dropFixed(fixed), withRpms('openssl-1.1-3.el8.x86_64', 'openssl-1.1-2.el8.s390x'))).toBeNull()
  })

  it('mentions in the reason where an unknown epoch might decide', () => {
    const newer = withRpms('openssl-1.1-4.el8.x86_64')
    const reason =
      'rpm-version: none of its RPMs is older than the fixed ones: openssl-1.1-4.el8 against openssl-1.1-3.el8'
    expect(drop(dropFixed(indexFixed(['openssl-1:1.1-3.el8'])), newer)).toBe(
      `${reason} (its epoch is not known)`,
    )
    expect(drop(dropFixed(indexFixed(['openssl-0:1.1-3.el8'])), newer)).toBe(reason)
  })

  it('drops an image of another stream', () => {
    expect(drop(dropFixed(fixed), withRpms('openssl-1.0-1.el7.x86_64'))).toContain(
      'openssl-1.0-1.el7 against openssl-1.1-3.el8',
    )
  })

  it('drops an image when only one side comes from a module', () => {
    expect(drop(dropOtherModularity(fixed), withRpms('nodejs-16.1-1.el8.x86_64'))).toBe(
      'modularity: only one side comes from a module: nodejs-16.1-1.el8 against nodejs-18.2-1.module+el8.6.0+1+a',
    )
    expect(drop(dropOtherModularity(fixed), withRpms('nodejs-18.1-1.module+el8.5.0+7+b.x86_64'))).toBeNull()
    expect(
      drop(dropOtherModularity(fixed), withRpms('nodejs-16.1-1.el8.x86_64', 'openssl-1.1-2.el8.x86_64')),
    ).toBeNull()
  })

  it('keeps an image with a single affected RPM', () => {
    const affected = withRpms('bash-5-1.el8.x86_64', 'openssl-1.1-2.el8.x86_64')
    expect(rpmFilters(fixed).map((filter) => drop(filter, affected))).toEqual([null, null, null])
  })
})

describe('an image some of whose RPMs', () => {
  const FIXED = indexFixed(['openssl-1.1-3.el8', 'openssl-1.1-3.module+el8+1+a', 'zlib-1:1-1.el8'])
  const rulesOf = (over: Partial<Image>) =>
    rpmFilters(FIXED).map((filter) => {
      const result = filter(image('app-1-1', over))
      return result.kept ? null : result.rule
    })

  it('cannot be read is not taken for fixed', () => {
    const rpms = [rpm('openssl-1.1-3.el8.x86_64')]
    expect(rulesOf({ rpms })).toEqual([null, null, 'rpm-version'])
    expect(rulesOf({ rpms, unreadableRpms: 3 })).toEqual([null, null, 'unreadable-rpms'])
    expect(rulesOf({ rpms, unreadableRpms: 3, archesWithoutRpms: ['s390x'] })).toEqual([null, null, null])
  })

  it('come from a module agrees with an advisory that fixes both kinds', () => {
    expect(rulesOf({ rpms: [rpm('openssl-1.1-2.el8.x86_64')] })).toEqual([null, null, null])
    expect(rulesOf({ rpms: [rpm('openssl-1.1-2.module+el8+1+a.x86_64')] })).toEqual([null, null, null])
  })

  it('were compared without their epochs says so', () => {
    const [, , drop] = rpmFilters(FIXED)
    const reasonOf = (epoch?: number) => {
      const result = drop?.(image('app-1-1', { rpms: [{ ...rpm('zlib-1-1.el8.x86_64'), epoch }] }))
      return result?.kept ? null : result?.reason
    }
    const pair = 'none of its RPMs is older than the fixed ones: zlib-1-1.el8 against zlib-1-1.el8'
    expect(reasonOf()).toBe(`${pair} (its epoch is not known)`)
    expect(reasonOf(1)).toBe(pair)
  })
})

describe('an image some of whose places cannot be read', () => {
  const odd = image('app-1-1', { unreadableOffers: 2 })
  const drop = whenOffersReadable(() => dropped('hotfix', 'it is a hotfix'))

  it('is not judged by what would drop it', () => {
    expect(drop(odd)).toEqual(
      dropped(
        'unreadable-offers',
        'it could not be judged: 2 of its places, tags or content sets cannot be read',
        { instead: 'it is a hotfix' },
      ),
    )
  })

  it('is kept by what keeps it, and one that can be read is dropped for the reason itself', () => {
    expect(whenOffersReadable(() => KEPT)(odd)).toEqual(KEPT)
    expect(drop(image('app-1-1'))).toEqual(dropped('hotfix', 'it is a hotfix'))
  })
})
