/** Discovery against the lab's services: the ancestors of affected images, wherever they are known from. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { EL8 } from '../../../../lab/catalogue/streams.ts'
import { type Discovery, PUBLISHED, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(exampleCatalogue, PUBLISHED)
})
afterAll(() => discovery.stop())

const base: SmallImage = { nvr: 'base-8-1' }
const app = (nvr: string, over: Partial<SmallImage> = {}): SmallImage => ({ nvr, from: 'base-8-1', ...over })

describe('ancestors', () => {
  it('are also followed where only the build system knows the parent', async () => {
    discovery.use(
      smallCatalogue([
        { ...base, tags: [] },
        { nvr: 'mid-1-1', from: 'base-8-1', tags: [], parentInPyxis: false },
        app('app-1-1', { from: 'mid-1-1', parentInPyxis: false }),
      ]),
    )
    const { plan } = await discovery.run()
    expect(plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
      ['base-8-1', null],
      ['mid-1-1', 'base-8-1'],
      ['app-1-1', 'mid-1-1'],
    ])
  })

  it.each(['no entry', 'its id as text'])(
    'whose build is named by its number alone (%s) are found by that',
    async (what) => {
      discovery.use(smallCatalogue([{ ...base, tags: [] }, app('app-1-1', { parentInPyxis: false })]))
      discovery.lab.world.mutate = changingParents((parents, name) => {
        const parent = parents[name]
        parents[name] = what === 'no entry' || !parent ? null : { ...parent, id: String(parent.id) }
      })
      const { plan } = await discovery.run()
      discovery.lab.world.mutate = null
      expect(plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
        ['base-8-1', null],
        ['app-1-1', 'base-8-1'],
      ])
    },
  )

  it('of which not even the build can be found make their child fail with that reason', async () => {
    discovery.use(smallCatalogue([{ ...base, tags: [] }, app('app-1-1', { parentInPyxis: false })]))
    discovery.lab.world.mutate = changingParents((parents, name, image) => {
      parents[name] = null
      image.parent_build_id = 999_999
    })
    const { plan } = await discovery.run()
    discovery.lab.world.mutate = null
    expect(plan.builds).toMatchObject([
      {
        originalNvr: 'app-1-1',
        state: 'FAILED',
        stateReason: expect.stringMatching(/its parent is build 999999, whose name is not known/),
      },
    ])
  })

  it('that are not in the catalogue make their child fail with that reason', async () => {
    const catalogue = smallCatalogue([base, app('app-1-1'), app('other-1-1', { from: null })])
    discovery.use({ ...catalogue, images: catalogue.images.filter((image) => image.nvr !== 'base-8-1') })
    const { plan } = await discovery.run()
    expect(plan.builds).toMatchObject([
      {
        originalNvr: 'app-1-1',
        state: 'FAILED',
        stateReason: "Couldn't find parent image base-8-1. Pyxis data is probably incomplete",
        depOn: null,
      },
      { originalNvr: 'other-1-1', state: 'PLANNED' },
    ])
  })

  it('that are not in the catalogue are one reason of several why their child fails', async () => {
    const catalogue = smallCatalogue([base, app('app-1-1')])
    discovery.use({ ...catalogue, images: catalogue.images.filter((image) => image.nvr !== 'base-8-1') })
    const { builds } = discovery.lab.world.koji
    for (const [key, build] of builds) if (build.nvr === 'app-1-1') builds.delete(key)
    const { plan } = await discovery.run()
    expect(plan.builds.map(({ stateReason }) => stateReason)).toEqual([
      "Couldn't find parent image base-8-1. Pyxis data is probably incomplete; " +
        'Cannot get data from Koji for build app-1-1: Cannot find Koji build with nvr app-1-1 in Koji.',
    ])
  })

  it('are not rebuilt when they have none of the RPMs: the image is built on them unchanged', async () => {
    const plain = { nvr: 'base-8-1', adds: EL8.base, tags: [] }
    discovery.use(smallCatalogue([plain, app('app-1-1', { adds: [EL8.openssl.libs] })]))
    const { plan, why } = await discovery.run()
    expect(plan.builds).toMatchObject([
      { originalNvr: 'app-1-1', depOn: null, buildArgs: { originalParent: 'base-8-1' } },
    ])
    expect(why.get('base-8-1')).toMatchObject({ rule: 'ancestor-without-older-rpm', outcome: 'not-rebuilt' })
    expect(why.get('app-1-1')?.reason).toMatch(/; built on base-8-1$/)
  })

  it('that are base images without an extra repository fail, with everything built on them', async () => {
    discovery.use(
      smallCatalogue([
        { nvr: 'rock-8-1', filesystemTaskId: 77, tags: [] },
        app('app-1-1', { from: 'rock-8-1' }),
      ]),
    )
    const { plan } = await discovery.run()
    expect(plan.builds.map((build) => build.stateReason)).toEqual([
      'rock-8 is a base image, but extra image repo for it is not specified in the Freshmaker configuration.',
      'Cannot build artifact, because its dependency cannot be built.',
    ])
  })

  it('that no repository offers belong to the group of the release they were made from', async () => {
    const at = (nvr: string, tags: string[]) => ({ nvr, from: 'base-8-1', tags, repository: 'product/mid' })
    discovery.use(
      smallCatalogue([
        base,
        { nvr: 'mid-1-2', from: 'base-8-1', tags: [], repository: 'product/mid' },
        { nvr: 'mid-1-2.16.5', from: 'base-8-1', locations: [] },
        at('mid-1-3', ['latest']),
        { nvr: 'mid-1-4', from: 'base-8-1', tags: ['latest'], repository: 'product/other' },
        app('app-1-1', { from: 'mid-1-2.16.5' }),
      ]),
    )
    const { plan, why } = await discovery.run()
    expect(plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
      ['base-8-1', null],
      ['mid-1-3', 'base-8-1'],
      ['mid-1-4', 'base-8-1'],
      ['app-1-1', 'mid-1-3'],
    ])
    expect(why.get('mid-1-2.16.5')).toMatchObject({
      rule: 'newer-release',
      details: { replacedBy: 'mid-1-3' },
    })
  })
})

type Parents = Record<string, { id: unknown; nvr: string } | null>

/** Changes what the hub has about the parents of images. */
function changingParents(
  change: (parents: Parents, name: string, image: { parent_build_id: number }) => void,
): NonNullable<Discovery['lab']['world']['mutate']> {
  return (service, operation, json) => {
    if (service !== 'koji' || operation !== 'getBuild') return json
    const build = structuredClone(json) as {
      extra?: { image?: { parent_build_id: number; parent_image_builds: Parents } }
    } | null // the hub's own struct
    const image = build?.extra?.image
    if (image?.parent_build_id)
      for (const name of Object.keys(image.parent_image_builds))
        change(image.parent_image_builds, name, image)
    return build as typeof json
  }
}
