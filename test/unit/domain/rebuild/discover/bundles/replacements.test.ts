/** Checks which images the builds of an advisory replace: the walk back through our history, and the digests. */
import { describe, expect, it } from 'vitest'
import type { DigestImage } from '../../../../../../src/domain/rebuild/discover/bundles/catalogue.ts'
import {
  findDigests,
  findReplacements,
  originalsOf,
} from '../../../../../../src/domain/rebuild/discover/bundles/replacements.ts'

function image(
  nvr: string,
  { published = true, digest = `sha256:${nvr}` as string | null } = {},
): DigestImage {
  const place = {
    registry: 'r',
    repository: 'p',
    published,
    tags: [],
    listDigest: digest,
    manifestDigest: null,
  }
  return { nvr, labels: {}, places: [place], unreadable: [] }
}
const known = (...images: DigestImage[]) => new Map(images.map((one) => [one.nvr, one]))
/** `a-1-3` was rebuilt from `a-1-2`, which was rebuilt from `a-1-1`. */
const CHAIN = new Map([
  ['a-1-3', 'a-1-2'],
  ['a-1-2', 'a-1-1'],
])
const FACTS = { attached: ['a-1-3'], blocking: [], history: CHAIN }
const unpublished = (nvr: string) => image(nvr, { published: false })

describe('an attached build', () => {
  it('replaces the nearest published image that it was rebuilt from', () => {
    const images = known(unpublished('a-1-2'), image('a-1-1'))
    expect(findReplacements({ ...FACTS, images }, false)).toEqual(new Map([['a-1-1', 'a-1-3']]))
    const nearer = known(image('a-1-2'), image('a-1-1'))
    expect(findReplacements({ ...FACTS, images: nearer }, false)).toEqual(new Map([['a-1-2', 'a-1-3']]))
  })

  it('replaces the earliest image when none is published', () => {
    const images = known(unpublished('a-1-2'), unpublished('a-1-1'))
    expect(findReplacements({ ...FACTS, images }, false)).toEqual(new Map([['a-1-1', 'a-1-3']]))
  })

  it('replaces the earliest image before one that the catalogue does not know, and with it what lies beyond', () => {
    const history = new Map([...CHAIN, ['a-1-1', 'a-1-0']])
    const images = known(unpublished('a-1-2'), image('a-1-0'))
    expect(findReplacements({ ...FACTS, history, images }, false)).toEqual(new Map([['a-1-2', 'a-1-3']]))
    expect([...findReplacements({ ...FACTS, history, images }, true).keys()]).toEqual([
      'a-1-2',
      'a-1-1',
      'a-1-0',
    ])
  })

  it('replaces nothing when the catalogue does not know the image it was rebuilt from, or it was not rebuilt here', () => {
    expect(findReplacements({ ...FACTS, images: known(image('a-1-1')) }, true)).toEqual(new Map())
    const images = known(image('a-1-1'), image('a-1-2'))
    expect(findReplacements({ ...FACTS, attached: ['b-1-1'], images }, true)).toEqual(new Map())
  })

  it('replaces, on request, everything that the replaced image was rebuilt from', () => {
    const images = known(image('a-1-2'), image('a-1-1'))
    expect([...findReplacements({ ...FACTS, images }, true)]).toEqual([
      ['a-1-2', 'a-1-3'],
      ['a-1-1', 'a-1-3'],
    ])
  })

  it('replaces what another attached build was made from only where that does not', () => {
    const history = new Map([...CHAIN, ['a-1-9', 'a-1-1']])
    const images = known(image('a-1-2'), image('a-1-1'))
    expect(findReplacements({ ...FACTS, attached: ['a-1-3', 'a-1-9'], history, images }, true)).toEqual(
      new Map([
        ['a-1-2', 'a-1-3'],
        ['a-1-1', 'a-1-9'],
      ]),
    )
  })

  it('replaces the builds of blocking advisories that have its name and version, but not itself', () => {
    const blocking = ['a-1-9', 'a-2-1', 'ab-1-1', 'a-1-3', 'no nvr']
    const found = findReplacements({ ...FACTS, blocking, images: new Map() }, true)
    expect(found).toEqual(new Map([['a-1-9', 'a-1-3']]))
  })
})

it('a history that leads back to itself ends there', () => {
  const cycle = new Map([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ])
  expect(originalsOf('a', cycle)).toEqual(['b', 'c'])
})

describe('the digests', () => {
  const replacements = new Map([
    ['a-1-1', 'a-1-3'],
    ['b-1-1', 'b-1-2'],
  ])

  it('of published originals lead to those of the rebuilt images, published or not', () => {
    const images = known(image('a-1-1'), unpublished('a-1-3'), unpublished('b-1-1'), image('b-1-2'))
    expect(findDigests(replacements, images)).toEqual({
      digests: new Map([['sha256:a-1-1', { original: 'a-1-1', rebuilt: 'a-1-3', digest: 'sha256:a-1-3' }]]),
      without: { originals: ['b-1-1'], rebuilt: [] },
    })
  })

  it('that are missing on one side altogether are reported with all NVRs of that side', () => {
    const without = known(
      unpublished('a-1-1'),
      image('a-1-3'),
      image('b-1-1', { digest: null }),
      image('b-1-2'),
    )
    expect(findDigests(replacements, without)).toEqual({ missing: 'originals', nvrs: ['a-1-1', 'b-1-1'] })
    const half = known(image('a-1-1'), image('b-1-1'), image('b-1-2', { digest: null }))
    expect(findDigests(replacements, half)).toEqual({ missing: 'rebuilt', nvrs: ['a-1-3', 'b-1-2'] })
    const released = known(image('a-1-1'), unpublished('a-1-3'))
    expect(findDigests(new Map([['a-1-1', 'a-1-3']]), released), 'not published yet').toMatchObject({
      without: { originals: [], rebuilt: [] },
    })
  })

  it('that a rebuilt image lacks are reported beside those of the others', () => {
    const images = known(image('a-1-1'), image('a-1-3'), image('b-1-1'))
    expect(findDigests(replacements, images)).toEqual({
      digests: new Map([['sha256:a-1-1', { original: 'a-1-1', rebuilt: 'a-1-3', digest: 'sha256:a-1-3' }]]),
      without: { originals: [], rebuilt: ['b-1-2'] },
    })
  })

  it('that do not change replace nothing', () => {
    const same = known(image('a-1-1', { digest: 'd' }), image('a-1-3', { digest: 'd' }))
    expect(findDigests(new Map([['a-1-1', 'a-1-3']]), same)).toEqual({
      digests: new Map(),
      without: { originals: [], rebuilt: [] },
    })
  })
})
