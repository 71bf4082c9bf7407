/** Checks which bundles are rebuilt, and why the others are not. */
import { describe, expect, it } from 'vitest'
import type { DigestImage } from '../../../../../../src/domain/rebuild/discover/bundles/catalogue.ts'
import {
  dropOthers,
  dropReused,
  dropUntagged,
  judgeImpact,
} from '../../../../../../src/domain/rebuild/discover/bundles/judge.ts'

const place = (over: Partial<DigestImage['places'][number]> = {}) => ({
  registry: 'r',
  repository: 'p',
  published: true,
  tags: ['latest'],
  listDigest: null,
  manifestDigest: null,
  ...over,
})
const bundle = (over: Partial<DigestImage> = {}): DigestImage => ({
  nvr: 'op-bundle-1.2-3',
  labels: {},
  places: [place()],
  unreadable: [],
  ...over,
})
const LABEL = 'com.redhat.delivery.operator.bundle'

describe('a requested image', () => {
  it.each([
    [{ [LABEL]: 'true' }, true],
    [{ [LABEL]: 'True' }, false],
    [{}, false],
  ])('with labels %j is a bundle: %s', (labels, kept) => {
    expect(dropOthers(bundle({ labels })).kept).toBe(kept)
  })
})

it('a bundle that a dependency has rebuilt is not rebuilt again', () => {
  const drop = dropReused(new Map([['op-bundle-1.2-3', 'op-bundle-1.2-3.17']]))
  expect(drop(bundle())).toMatchObject({
    rule: 'reused',
    reason: expect.stringContaining('op-bundle-1.2-3.17'),
  })
  expect(drop(bundle({ nvr: 'op-bundle-1.2-4' })).kept).toBe(true)
})

describe('tags that are rebuilt automatically', () => {
  const verdict = (
    places: DigestImage['places'],
    read: string[],
    exceptions: string[] = [],
    unreadable: object[] = [],
  ) => {
    const tags = { read, unreadable }
    const none = { read: [], unreadable: [] }
    const tagsOf = (registry: string, repository: string) =>
      registry === 'r' && repository === 'p' ? tags : none
    return dropUntagged(tagsOf, exceptions)(bundle({ places }))
  }

  it('keep a bundle that has one of them in a published repository of theirs', () => {
    expect(verdict([place({ published: false }), place()], ['v1', 'latest']).kept).toBe(true)
    expect(verdict([place({ tags: ['v2', 'latest'] })], ['latest']).kept).toBe(true)
  })

  it.each([
    ['another tag', [place({ tags: ['v2'] })]],
    ['no published place', [place({ published: false })]],
    ['another repository', [place({ repository: 'q' })]],
    ['no place', []],
  ])('drop one with %s', (_what, places) => {
    expect(verdict(places, ['latest'])).toMatchObject({ kept: false, rule: 'auto-rebuild-tag' })
  })

  it('that cannot be read are named where none of the others keeps it', () => {
    expect(verdict([place()], ['v1'], [], [{}])).toMatchObject({
      reason: expect.stringMatching(/\(r\/p\); 1 tags that are rebuilt there cannot be read$/),
    })
    expect(verdict([place()], ['latest'], [], [{}]).kept).toBe(true)
  })

  it('are not needed by exceptions, which are named by name and version', () => {
    expect(verdict([], [], ['op-bundle-1.2']).kept).toBe(true)
    expect(verdict([], [], ['op-bundle-1', 'op-bundle-1.2-3']).kept).toBe(false)
  })
})

describe('pull specifications', () => {
  const OLD = { new: 'r/a/b@sha256:old', original: 'r/a/b:1', pinned: false }
  const OTHER = { new: 'r/c@sha256:other', original: 'r/c:1', pinned: false }
  const replacement = { original: 'b-1-1', rebuilt: 'b-1-2', digest: 'sha256:new' }
  const digests = new Map([['sha256:old', replacement]])
  const known = { createdByOsbs: true, pullspecs: [OLD, OTHER], unreadable: [] }

  it('get the digest of the rebuilt image and are pinned; all others stay', () => {
    expect(judgeImpact(known, digests)).toEqual({
      pullspecs: [{ new: 'r/a/b@sha256:new', original: 'r/a/b:1', pinned: true }, OTHER],
      replaced: [replacement],
    })
  })

  it.each([
    [{ fault: 'Koji has no build of it' }, /Koji has no build of it/],
    [{ ...known, createdByOsbs: false }, /created_by_osbs is not true/],
    [
      {
        ...known,
        unreadable: [
          { path: '0.new', message: 'odd' },
          { path: '1', message: 'odd' },
        ],
      },
      /2 of its pull specifications/,
    ],
    [{ ...known, pullspecs: [] }, /no pull specifications/],
    [{ ...known, pullspecs: [OTHER] }, /none of its related images/],
    [{ ...known, pullspecs: [{ ...OLD, new: 'sha256:old' }] }, /none of its related images/],
  ])('drop the bundle when they are %j', (related, reason) => {
    expect(judgeImpact(related, digests)).toMatchObject({
      kept: false,
      reason: expect.stringMatching(reason),
    })
  })
})
