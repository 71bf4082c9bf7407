/** Bundles of any shape: versions stay valid, suffixes do not pile up, and only replaced digests change. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSemver, rebuiltVersion } from '../../../../../../src/domain/rebuild/discover/bundles/csv.ts'
import { judgeImpact } from '../../../../../../src/domain/rebuild/discover/bundles/judge.ts'
import { findReplacements } from '../../../../../../src/domain/rebuild/discover/bundles/replacements.ts'

const identifier = fc.stringMatching(/^[0-9A-Za-z-]{1,8}$/)
const part = fc.array(identifier, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
/** A number in it has no leading zeros. */
const preRelease = part.map((text) => text.replaceAll(/(?<=^|\.)0+(?=\d+(\.|$))/g, ''))
const version = fc
  .record({
    core: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((numbers) => numbers.join('.')),
    pre: fc.option(preRelease),
    build: fc.option(part),
  })
  .map(({ core, pre, build }) => `${core}${pre ? `-${pre}` : ''}${build ? `+${build}` : ''}`)
const second = fc.integer({ min: 1, max: 4_000_000_000 })

it('the version of a rebuild is a semantic version, and a second rebuild only changes its time', () => {
  fc.assert(
    fc.property(version, second, second, (original, first, later) => {
      expect(isSemver(original)).toBe(true)
      const once = rebuiltVersion(original, first)
      expect(isSemver(once)).toBe(true)
      expect(rebuiltVersion(once, later)).toBe(once.replace(/0\.\d+\.p$/, `0.${later}.p`))
    }),
  )
})

const digest = fc.integer({ min: 0, max: 5 }).map((number) => `sha256:${number}`)
const pullspec = fc.record({
  new: digest.map((text) => `registry/repository@${text}`),
  original: fc.string(),
  pinned: fc.boolean(),
})

it('overrides have every pull specification in its place, changed exactly where a digest was replaced', () => {
  const digests = fc
    .dictionary(digest, digest)
    .map(
      (table) =>
        new Map(
          Object.entries(table).map(([from, to]) => [from, { original: from, rebuilt: to, digest: to }]),
        ),
    )
  fc.assert(
    fc.property(fc.array(pullspec, { minLength: 1 }), digests, (pullspecs, table) => {
      const impact = judgeImpact({ createdByOsbs: true, pullspecs, unreadable: [] }, table)
      const expected = pullspecs.map((one) => {
        const to = table.get(one.new.split('@')[1] ?? '')
        return to ? { ...one, new: `registry/repository@${to.digest}`, pinned: true } : one
      })
      const isImpacted = pullspecs.some((one) => table.has(one.new.split('@')[1] ?? ''))
      expect('kept' in impact).toBe(!isImpacted)
      if (!('kept' in impact)) expect(impact.pullspecs).toEqual(expected)
    }),
  )
})

it('replacements end for every history, and never replace a build by itself', () => {
  const nvr = fc.integer({ min: 1, max: 6 }).map((release) => `a-1-${release}`)
  const image = { labels: {}, places: [], unreadable: [] }
  fc.assert(
    fc.property(
      fc.array(fc.tuple(nvr, nvr)),
      fc.array(nvr),
      fc.array(nvr),
      fc.boolean(),
      (pairs, attached, blocking, all) => {
        const images = new Map(pairs.map(([, original]) => [original, { nvr: original, ...image }]))
        const found = findReplacements({ attached, blocking, history: new Map(pairs), images }, all)
        for (const [original, rebuilt] of found) {
          expect(original).not.toBe(rebuilt)
          expect(attached).toContain(rebuilt)
        }
      },
    ),
  )
})
