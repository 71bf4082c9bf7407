import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indexFixed, olderRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import { parseNvr, withEpoch } from '../../../../../src/domain/rebuild/images/nvr.ts'

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
})
