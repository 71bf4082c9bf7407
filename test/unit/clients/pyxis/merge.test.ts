/** Merging the architectures of an image. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeRecords } from '../../../../src/clients/pyxis/merge.ts'
import { smallerSize } from '../../../../src/clients/pyxis/pages.ts'
import { imageRecordSchema } from '../../../../src/clients/pyxis/schema.ts'
import { imageRecord, rpmRecord } from '../../../support/lab/pyxis-records.ts'

function merge(...records: ReturnType<typeof imageRecord>[]) {
  return mergeRecords(records.map((record) => imageRecordSchema.parse(record)))
}

const place = (repository: string, published: boolean, ...tags: string[]) => ({
  registry: 'registry.example.com',
  repository,
  published,
  tags: tags.map((name) => ({ name })),
})

describe('merging', () => {
  test('combines architectures, content sets, repositories and RPMs', () => {
    const { images } = merge(
      imageRecord('app-container-1.0-2', 's390x', {
        content_sets: ['z-rpms', null, 'common-rpms'],
        repositories: [place('a', false, '1'), place('b', true, 'latest')],
        edges: { rpm_manifest: { data: { rpms: [rpmRecord('openssl', '1-1.el8', 's390x')] } } },
      }),
      imageRecord('app-container-1.0-2', 'amd64', {
        content_sets: ['common-rpms', 'x-rpms'],
        repositories: [place('a', true, '1', '2')],
        edges: { rpm_manifest: { data: { rpms: [rpmRecord('openssl', '1-2.el8', 'x86_64')] } } },
      }),
    )
    expect(images).toHaveLength(1)
    expect(images[0]).toMatchObject({
      nvr: 'app-container-1.0-2',
      name: 'app-container',
      version: '1.0',
      release: '2',
      arches: ['s390x', 'x86_64'],
      contentSets: ['common-rpms', 'x-rpms', 'z-rpms'],
      parentBrewBuild: 'ubi8-container-8.2-299',
      labels: { architecture: 'amd64' },
      repositories: [
        { registry: 'registry.example.com', repository: 'a', published: true, tags: ['1', '2'] },
        { registry: 'registry.example.com', repository: 'b', published: true, tags: ['latest'] },
      ],
    })
    expect(images[0]?.rpms?.map(({ nvr, arch }) => `${nvr}.${arch}`)).toEqual([
      'openssl-1-2.el8.x86_64',
      'openssl-1-1.el8.s390x',
    ])
  })

  test('publishes a place only if one of the architectures does, in whatever order they come', () => {
    const records = [false, true, false].map((published, n) =>
      imageRecord('a-1-1', ['amd64', 's390x', 'arm64'][n], {
        repositories: [place('often', published), place('never', false)],
      }),
    )
    for (const order of [records, records.toReversed()]) {
      const [image] = merge(...order).images
      expect(image?.repositories.map(({ repository, published }) => [repository, published])).toEqual([
        ['often', true],
        ['never', false],
      ])
      expect(image?.arches).toEqual(['aarch64', 's390x', 'x86_64'])
    }
  })

  test('takes the parent that one of the architectures names', () => {
    const parents = [
      imageRecord('a-1-1', 'amd64', { parent_brew_build: null }),
      imageRecord('a-1-1', 's390x', { parent_brew_build: 'base-1-1' }),
    ]
    for (const order of [parents, parents.toReversed()])
      expect(merge(...order).images[0]?.parentBrewBuild).toBe('base-1-1')
  })

  test.each([
    ['amd64', 'x86_64'],
    ['arm64', 'aarch64'],
    ['ppc64le', 'ppc64le'],
    ['386', 'i686'],
    [null, 'x86_64'],
  ])("turns Docker's %s into Koji's %s", (docker, koji) => {
    expect(merge(imageRecord('a-1-1', docker)).images[0]?.arches).toEqual([koji])
  })

  test('reports unknown RPMs, not an empty list, for an image without any manifest', () => {
    const without = { edges: { rpm_manifest: { data: null, error: { status: 404, detail: 'not found' } } } }
    expect(merge(imageRecord('a-1-1', 'amd64', without)).images[0]?.rpms).toBeNull()
    expect(merge(imageRecord('a-1-1', 'amd64', without)).images[0]).not.toHaveProperty('archesWithoutRpms')
  })

  test('names the architectures without a manifest where others have one', () => {
    const without = { edges: { rpm_manifest: { data: null, error: { status: 404, detail: 'not found' } } } }
    const { images } = merge(imageRecord('a-1-1', 'amd64', without), imageRecord('a-1-1', 'arm64'))
    expect(images[0]?.rpms).toHaveLength(1)
    expect(images[0]?.archesWithoutRpms).toEqual(['x86_64'])
    expect(merge(imageRecord('a-1-1', 'amd64')).images[0]).not.toHaveProperty('archesWithoutRpms')
  })

  test('counts an architecture whose record cannot be read, so that the image is never taken as fine', () => {
    const { images, withoutBuild } = merge(
      imageRecord('a-1-1', 'amd64'),
      { ...imageRecord('a-1-1', 's390x'), edges: 5 } as never, // as a catalogue might send it
    )
    expect(images).toMatchObject([{ nvr: 'a-1-1', unreadableRpms: 1 }])
    expect(withoutBuild).toEqual([])
  })

  test('unites several records of one architecture, whatever their order', () => {
    const edges = { rpm_manifest: { data: { rpms: [] } } }
    const noManifest = { rpm_manifest: { data: null, error: { status: 404 } } }
    const records = [
      imageRecord('a-1-1', 'amd64', { repositories: [place('public', true, 'latest')] }),
      imageRecord('a-1-1', 'amd64', { repositories: [place('proxy', false, 'candidate')], edges }),
      imageRecord('a-1-1', 'amd64', { repositories: [place('empty', false)], edges: noManifest }),
      imageRecord('a-1-1', 'arm64', { repositories: [5, place('public', true)], edges }),
      imageRecord('a-1-1', 'arm64', { repositories: [5, 6] }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (shuffled) => {
        const { images } = merge(...shuffled)
        expect(images).toMatchObject([{ arches: ['aarch64', 'x86_64'], unreadableOffers: 2 }])
        expect(images[0]).not.toHaveProperty('archesWithoutRpms')
        expect(images[0]?.rpms?.map(({ nvr }) => nvr)).toEqual(['openssl-1.2.3-2.el8'])
        expect(images[0]?.repositories.map(({ repository, tags }) => `${repository}:${tags}`).sort()).toEqual(
          ['empty:', 'proxy:candidate', 'public:latest'],
        )
      }),
    )
  })

  test('explains a name that is not an NVR, without guessing', () => {
    const { images, withoutBuild } = merge(imageRecord('nonsense'))
    expect(images).toEqual([])
    expect(withoutBuild).toEqual([
      {
        nvr: 'nonsense',
        outcome: 'not-rebuilt',
        rule: 'no-koji-build',
        reason: "'nonsense' is not a name-version-release",
      },
    ])
  })

  test('does not depend on the order of the records, nor on duplicates', () => {
    const records = ['amd64', 'arm64', 's390x'].flatMap((arch) => [
      imageRecord('a-1-1', arch),
      imageRecord('b-1-2', arch),
    ])
    const expected = merge(...records)
    fc.assert(
      fc.property(fc.shuffledSubarray([...records, ...records], { minLength: 12 }), (shuffled) => {
        expect(merge(...shuffled)).toEqual(expected)
      }),
    )
  })
})

describe('smaller pages', () => {
  test('divide the larger ones, so that no record is skipped, and have at least five records', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (size) => {
        const smaller = smallerSize(size)
        if (smaller === null) return
        expect(size % smaller).toBe(0)
        expect(smaller).toBeLessThan(size)
        expect(smaller).toBeGreaterThanOrEqual(5)
      }),
    )
  })

  test.each([
    [200, 100],
    [50, 25],
    [25, 5],
    [12, 6],
    [6, null],
    [5, null],
    [1, null],
  ])('%i -> %s', (size, smaller) => {
    expect(smallerSize(size)).toBe(smaller)
  })
})
