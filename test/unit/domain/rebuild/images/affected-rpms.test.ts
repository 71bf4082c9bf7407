/** Which installed RPMs lack a fix, where dist tags, epochs and separators differ. */
import { describe, expect, it } from 'vitest'
import { indexFixed, needsEpochs, olderRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import { parseNvr } from '../../../../../src/domain/rebuild/images/nvr.ts'
import { rpm } from '../../../../support/rebuild/planned-images.ts'

const installed = (nvr: string, epoch: number | null = null) => ({ ...parseNvr(nvr), nvr, epoch })
const wanted = (fixed: string[], ...nvrs: string[]) =>
  olderRpms(
    indexFixed(fixed),
    nvrs.map((nvr) => installed(nvr)),
  ).map((older) => older.wanted)

describe('an RPM without a dist tag', () => {
  const FIXED = ['openssl-3-5.el9', 'openssl-1-5.el8']

  it('is compared with the lowest fix of any stream, in whatever order the advisory has them', () => {
    for (const fixed of [FIXED, FIXED.toReversed()]) {
      expect(wanted(fixed, 'openssl-1-4')).toEqual(['openssl-1-5.el8'])
      expect(wanted(fixed, 'openssl-2-1')).toEqual([])
    }
  })
})

describe('an RPM', () => {
  it('of the same version with other separators has the fix, with and without epochs', () => {
    expect(wanted(['openssl-1.0-1.el8'], 'openssl-1_0-1.el8')).toEqual([])
    expect(olderRpms(indexFixed(['openssl-1:1.0-1.el8']), [installed('openssl-1_0-1.el8', 1)])).toEqual([])
  })

  it('needs epochs if a single one has a fixed build with an epoch', () => {
    const fixed = indexFixed(['openssl-1:1-1.el8', 'zlib-1-1.el8'])
    const zlib = rpm('zlib-1-0.el8.x86_64')
    expect(needsEpochs(fixed, [zlib, rpm('openssl-1-0.el8.x86_64')])).toBe(true)
    expect(needsEpochs(fixed, [zlib])).toBe(false)
  })
})
