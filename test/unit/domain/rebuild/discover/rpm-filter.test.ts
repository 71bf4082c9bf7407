/** Images whose records cannot be read as a whole are neither judged nor taken for fixed. */
import { describe, expect, it } from 'vitest'
import { dropped, KEPT } from '../../../../../src/domain/rebuild/discover/image-filter.ts'
import { rpmFilters, whenOffersReadable } from '../../../../../src/domain/rebuild/discover/rpm-filter.ts'
import { indexFixed } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { image, rpm } from '../../../../support/rebuild/planned-images.ts'

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
