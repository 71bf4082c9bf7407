import { describe, expect, it } from 'vitest'
import {
  isPublished,
  listDigests,
  manifestDigests,
} from '../../../../../../src/domain/rebuild/discover/bundles/catalogue.ts'

const place = (published: boolean, listDigest: string | null, manifestDigest: string | null) => ({
  registry: 'registry',
  repository: 'product/app',
  published,
  tags: [],
  listDigest,
  manifestDigest,
})
const of = (...places: ReturnType<typeof place>[]) => ({ nvr: 'app-1-1', labels: {}, unreadable: [], places })
const IMAGE = of(
  place(false, 'l1', 'm1'),
  place(true, 'l2', 'm2'),
  place(true, 'l2', null),
  place(true, null, 'm1'),
)

describe('an image in several places', () => {
  it('is published if one of them is', () => {
    expect(isPublished(IMAGE)).toBe(true)
    expect(isPublished(of(place(false, 'l1', 'm1')))).toBe(false)
  })

  it('has each digest once, list digests of published places first', () => {
    expect(listDigests(IMAGE, { onlyPublished: false })).toEqual(['l2', 'l1'])
    expect(listDigests(IMAGE, { onlyPublished: true })).toEqual(['l2'])
    expect(manifestDigests(IMAGE)).toEqual(['m1', 'm2'])
  })
})
