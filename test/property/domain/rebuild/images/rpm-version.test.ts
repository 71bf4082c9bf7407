import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareEvr, rpmvercmp } from '../../../../../src/domain/rebuild/images/rpm-version.ts'

/** Versions in which marks, runs and separators are frequent. */
const version = fc
  .array(fc.constantFrom('0', '1', '2', '10', '01', 'a', 'b', 'rc', '.', '-', '_', '~', '^', '+', 'é'), {
    maxLength: 7,
  })
  .map((parts) => parts.join(''))

/** Cases from the test suite of RPM. */
const KNOWN: [string, string, -1 | 0 | 1][] = [
  ['1.0', '1.0', 0],
  ['1.0', '2.0', -1],
  ['2.0.1', '2.0', 1],
  ['2.0.1a', '2.0.1', 1],
  ['5.5p1', '5.5p10', -1],
  ['5.5p10', '5.5p1', 1],
  ['10xyz', '10.1xyz', -1],
  ['xyz10', 'xyz10.1', -1],
  ['xyz.4', '8', -1],
  ['xyz.4', '2', -1],
  ['5.5p2', '5.6p1', -1],
  ['5.6p1', '6.5p1', -1],
  ['6.0.rc1', '6.0', 1],
  ['10b2', '10a1', 1],
  ['10a2', '10b2', -1],
  ['1.0aa', '1.0aa', 0],
  ['1.0a', '1.0aa', -1],
  ['10.0001', '10.0039', -1],
  ['10.0001', '10.1', 0],
  ['4.999.9', '5.0', -1],
  ['20101121', '20101122', -1],
  ['2_0', '2_0', 0],
  ['2.0', '2_0', 0],
  ['a', 'a', 0],
  ['a+', 'a+', 0],
  ['a+', 'a_', 0],
  ['+a', '_a', 0],
  ['+', '_', 0],
  ['1.0~rc1', '1.0~rc1', 0],
  ['1.0~rc1', '1.0', -1],
  ['1.0', '1.0~rc1', 1],
  ['1.0~rc1', '1.0~rc2', -1],
  ['1.0~rc1~git123', '1.0~rc1', -1],
  ['1.0^', '1.0^', 0],
  ['1.0^', '1.0', 1],
  ['1.0^git1', '1.0', 1],
  ['1.0^git1', '1.0^git2', -1],
  ['1.0^git1', '1.01', -1],
  ['1.0^20160101', '1.0^20160101', 0],
  ['1.0^20160101', '1.0.1', -1],
  ['1.0^20160101^git1', '1.0^20160102', -1],
  ['1.0~rc1^git1', '1.0~rc1', 1],
  ['1.0^git1~pre', '1.0^git1', -1],
  ['1.0^git1~pre', '1.0^git1~pre', 0],
  ['1.900', '1.8000', -1],
  ['FC5', 'fc4', -1],
  ['2a', '2.0', -1],
  ['1.0', '1.fc4', 1],
  ['3.0.0_fc', '3.0.0.fc', 0],
  ['1b.fc17', '1.fc17', -1],
  ['1g.fc17', '1.fc17', 1],
  ['1.1.α', '1.1.β', 0],
  ['99999999999999999999998', '99999999999999999999999', -1],
  // The first and last letters, and the characters next to letters and digits, which only separate.
  ...['a', 'z', 'A', 'Z', '0', '9'].map((end): [string, string, 1] => [`1.${end}`, '1', 1]),
  ...['`', '{', '@', '[', '/', ':'].map((end): [string, string, 0] => [`1${end}`, '1', 0]),
]

describe('rpmvercmp', () => {
  it.each(KNOWN)('agrees with RPM on %s and %s', (a, b, expected) => {
    expect(rpmvercmp(a, b)).toBe(expected)
    expect(rpmvercmp(b, a)).toBe(expected === 0 ? 0 : -expected)
  })

  it('is antisymmetric', () => {
    fc.assert(
      fc.property(version, version, (a, b) => rpmvercmp(a, b) + rpmvercmp(b, a) === 0),
      { numRuns: 2000 },
    )
  })

  it('is transitive', () => {
    const inOrder = (a: string, b: string) => rpmvercmp(a, b) <= 0
    fc.assert(
      fc.property(fc.tuple(version, version, version), (three) => {
        const [a = '', b = '', c = ''] = three.toSorted(rpmvercmp)
        return inOrder(a, b) && inOrder(b, c) && inOrder(a, c)
      }),
      { numRuns: 5000 },
    )
  })

  it('treats equal versions the same in every comparison', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        fc.pre(rpmvercmp(a, b) === 0)
        return rpmvercmp(a, c) === rpmvercmp(b, c)
      }),
      { numRuns: 500 },
    )
  })

  it('sorts a pre-release below and a post-release above every version', () => {
    fc.assert(
      fc.property(version, version, (base, rest) => {
        expect(rpmvercmp(`${base}~${rest}`, base)).toBe(-1)
        expect(rpmvercmp(`${base}^${rest}`, base)).toBe(1)
      }),
    )
  })
})

describe('compareEvr', () => {
  it('compares epoch, version and release in this order', () => {
    const evr = (epoch: number | null, v: string, release: string) => ({ epoch, version: v, release })
    expect(compareEvr(evr(1, '1', '1'), evr(null, '9', '9'))).toBe(1)
    expect(compareEvr(evr(null, '1', '9'), evr(0, '2', '1'))).toBe(-1)
    expect(compareEvr(evr(0, '1', '10'), evr(null, '1', '9'))).toBe(1)
    expect(compareEvr(evr(0, '1', '1'), evr(null, '1', '1'))).toBe(0)
  })
})
