import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indexFixed, olderRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import { compareNvr, parseNvr, stream, withEpoch } from '../../../../../src/domain/rebuild/images/nvr.ts'

const epoch = fc.option(fc.nat({ max: 3 }), { nil: null })
const nvr = fc
  .record({
    name: fc.constantFrom('nodejs', 'npm', 'perl-IO'),
    version: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join('.')),
    release: fc.nat({ max: 3 }),
    dist: fc.constantFrom('el8', 'el9', 'module+el8.6.0+1+a', 'module+el8.9.0+2+b', 'module+el9.2.0+3+c'),
  })
  .map(({ name, version, release, dist }) => `${name}-${version}-${release}.${dist}`)
const fixedBuild = fc.record({ nvr, epoch })

const indexOf = (builds: readonly { nvr: string; epoch: number | null }[]) =>
  indexFixed(builds.map((build) => withEpoch(build.nvr, build.epoch)))
const installed = (of: string, itsEpoch: number | null) => {
  const { name } = parseNvr(of)
  return { name, nvr: of, arch: 'x86_64', srpmName: null, srpmNvr: null, epoch: itsEpoch }
}

describe('the RPMs that lack the fix', () => {
  it('are never builds of the advisory, whatever else it lists and whatever epochs are known', () => {
    fc.assert(
      fc.property(fc.array(fixedBuild, { minLength: 1, maxLength: 6 }), epoch, (builds, itsEpoch) => {
        const rpms = builds.map((build) => installed(build.nvr, itsEpoch))
        expect(olderRpms(indexOf(builds), rpms)).toEqual([])
      }),
    )
  })

  it('are compared with their own stream of a module, whatever other streams the advisory has', () => {
    const version = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 3 })
    const build = fc.record({ stream: fc.integer({ min: 1, max: 30 }), version, release: fc.nat({ max: 3 }) })
    const nvrOf = (one: { stream: number; version: number[]; release: number }) =>
      `nodejs-${[one.stream, ...one.version].join('.')}-${one.release}.module+el8.9.0+1+a`
    const builds = fc.uniqueArray(build, { minLength: 1, maxLength: 4, selector: ({ stream }) => stream })
    fc.assert(
      fc.property(builds, fc.nat(), version, fc.nat({ max: 3 }), (fixed, choice, itsVersion, release) => {
        const own = fixed[choice % fixed.length]
        if (!own) return
        const rpm = installed(nvrOf({ stream: own.stream, version: itsVersion, release }), null)
        const alone = olderRpms(indexFixed([nvrOf(own)]), [rpm])
        expect(olderRpms(indexFixed(fixed.map(nvrOf)), [rpm])).toEqual(alone)
      }),
    )
  })

  it('are those without a dist tag that are older than every fixed build, since their stream is not known', () => {
    const plain = nvr.filter((one) => !one.includes('module+'))
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 6 }), plain, (builds, other) => {
        const untagged = other.replace(/\.el\d$/, '')
        const fixed = builds.filter((one) => parseNvr(one).name === parseNvr(other).name)
        const newest = Map.groupBy(fixed, stream)
          .values()
          .map((ofStream) => ofStream.reduce((a, b) => (compareNvr(parseNvr(a), parseNvr(b)) > 0 ? a : b)))
        const lacksAll = (rpm: string, of: Iterable<string>) =>
          [...of].every((one) => compareNvr(parseNvr(rpm), parseNvr(one)) < 0)
        const isOlder = fixed.length > 0 && lacksAll(untagged, newest)
        expect(olderRpms(indexFixed(builds), [installed(untagged, null)])).toHaveLength(isOlder ? 1 : 0)
      }),
    )
  })

  it('include those with a dist tag that are older than a fixed build without one', () => {
    const fixed = indexFixed(['nodejs-1.2-1', 'nodejs-1.3-1.el9'])
    const pairs = (rpm: string) => olderRpms(fixed, [installed(rpm, null)]).map(({ wanted }) => wanted)
    expect(pairs('nodejs-1.1-1.el8')).toEqual(['nodejs-1.2-1'])
    expect(pairs('nodejs-1.2-2.el8')).toEqual([])
    expect(pairs('nodejs-1.2-2.el9')).toEqual(['nodejs-1.3-1.el9'])
    expect(pairs('nodejs-1.1-1.module+el8.9.0+1+a')).toEqual([])
  })

  it('are all that are older than every fixed build, and none that is newer than every one', () => {
    fc.assert(
      fc.property(fc.array(nvr, { minLength: 1, maxLength: 6 }), nvr, (fixed, other) => {
        const of = fixed.filter(
          (one) => parseNvr(one).name === parseNvr(other).name && stream(one) === stream(other),
        )
        if (of.length === 0) return
        const orders = of.map((one) => compareNvr(parseNvr(other), parseNvr(one)))
        const older = olderRpms(indexFixed(fixed), [installed(other, null)]).length
        if (orders.every((order) => order < 0)) expect(older).toBe(1)
        if (orders.every((order) => order >= 0)) expect(older).toBe(0)
      }),
    )
  })
})
