/** Discovery against the lab's services: which images an advisory affects, and the reasons of the rest. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { contentSets, EL8, FIXED_OPENSSL, rpm } from '../../../../lab/catalogue/streams.ts'
import { ADVISORY } from '../../../support/rebuild/affected-images.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const PUBLISHED = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA, published: true}}}
image_build_repository_registries: [registry-proxy.example.com]
unpublished_exceptions: [{registry: registry.example.com, repository: secret/exception}]
image_extra_repo: {ubi9-stream-container-9.3: http://repo.example.com/el9.repo}
update_base_image: true
`
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(exampleCatalogue, PUBLISHED)
})
afterAll(() => discovery.stop())

const nvrsOf = (plan: { builds: { originalNvr: string }[] }) =>
  plan.builds.map(({ originalNvr }) => originalNvr).sort()
const base: SmallImage = { nvr: 'base-8-1' }
const app = (nvr: string, over: Partial<SmallImage> = {}): SmallImage => ({ nvr, from: 'base-8-1', ...over })

describe('an advisory that has shipped', () => {
  it('affects exactly the expected images of the example catalogue', async () => {
    discovery.use(exampleCatalogue)
    const { plan, why } = await discovery.run()
    const expected = (outcome: string) =>
      exampleCatalogue.images.filter((image) => image.expect === outcome).map((image) => image.nvr)
    expect(nvrsOf(plan)).toEqual([...expected('rebuilt'), ...expected('dependency')].sort())
    const dependencies = plan.builds.filter((build) => build.rebuildReason === 'dependency')
    expect(nvrsOf({ builds: dependencies })).toEqual(expected('dependency').sort())
    for (const { reason } of why.values()) expect(reason).not.toBe('')
  })

  it('of a module leaves the epochs of its RPMs open, since the build in Koji has that of the module', async () => {
    const raster = (release: string) => rpm(`libraster-1:1.6.37-${release}.module+el8.9.0+1+a`)
    const catalogue = smallCatalogue([{ nvr: 'viewer-1-1', adds: [raster('3')] }])
    const advisories = catalogue.advisories.map((advisory) => {
      const [module] = catalogue.advisories.flatMap(({ builds }) => builds.filter(({ isModule }) => isModule))
      return advisory.id === ADVISORY && module
        ? { ...advisory, builds: [{ ...module, rpms: [raster('5')], cves: [] }] }
        : advisory
    })
    discovery.use({ ...catalogue, advisories: advisories.filter(({ id }) => id === ADVISORY) })
    const { plan, why } = await discovery.run()
    expect(nvrsOf(plan)).toEqual(['viewer-1-1'])
    expect(why.get('viewer-1-1')?.reason).toContain('(its epoch is not known)')
  })

  it('names the deciding rule for each dropped image, and the values that were compared', async () => {
    discovery.use(
      smallCatalogue(
        [
          base,
          app('fixed-1-1', { adds: FIXED_OPENSSL.el8 }),
          app('hotfix-1-1', { labels: { 'com.redhat.hotfix': 'bz1' } }),
          app('elsewhere-1-1', { contentSets: contentSets('custom-$arch-rpms') }),
          app('modular-1-1', {
            from: null,
            adds: [rpm('openssl-libs-1:1.1.1g-2.module+el8.9.0+1+a', 'openssl')],
          }),
          app('old-1-1', { repository: 'product/new', tags: [] }),
          app('new-1-2', { repository: 'product/new' }),
          app('konflux-1-1', { konflux: true }),
          app('proxied-1-1', { registry: 'registry-proxy.example.com', repository: 'product/new' }),
        ],
        {},
      ),
    )
    const { why, plan } = await discovery.run()
    expect(nvrsOf(plan)).toEqual(['base-8-1', 'new-1-2'])
    const rules = Object.fromEntries([...why].map(([nvr, { rule }]) => [nvr, rule]))
    expect(rules).toEqual({
      'base-8-1': 'directly-affected',
      'new-1-2': 'directly-affected',
      'fixed-1-1': 'rpm-version',
      'hotfix-1-1': 'hotfix',
      'modular-1-1': 'modularity',
      'proxied-1-1': 'auto-rebuild-tag',
      'registry.example.com/product/konflux:latest (x86_64)': 'no-koji-build',
      'registry.example.com/product/konflux:latest (aarch64)': 'no-koji-build',
    })
    expect(why.get('fixed-1-1')?.reason).toContain(
      'openssl-libs-1.1.1k-14.el8_9 against openssl-libs-1.1.1k-14.el8_9',
    )
  })

  it('explains an image from the advisory to its chain of parents', async () => {
    discovery.use(
      smallCatalogue([
        base,
        { nvr: 'mid-1-1', from: 'base-8-1', tags: [] },
        app('app-1-1', { from: 'mid-1-1' }),
      ]),
    )
    const { why } = await discovery.run()
    const lacking =
      'RHSA-2026:9101-03: openssl-libs-1.1.1k-12.el8_9 is older than openssl-libs-1.1.1k-14.el8_9'
    expect(why.get('app-1-1')).toEqual({
      nvr: 'app-1-1',
      outcome: 'rebuild',
      rule: 'directly-affected',
      reason: `${lacking}; registry.example.com/product/app:latest is rebuilt automatically; built on the rebuild of mid-1-1`,
      details: {
        advisory: 'RHSA-2026:9101-03',
        rpms: [
          {
            name: 'openssl-libs',
            installed: 'openssl-libs-1.1.1k-12.el8_9',
            wanted: 'openssl-libs-1.1.1k-14.el8_9',
          },
        ],
        offer: { registry: 'registry.example.com', repository: 'product/app', tag: 'latest' },
        requested: false,
        parents: [
          { nvr: 'mid-1-1', rebuilt: true },
          { nvr: 'base-8-1', rebuilt: true },
        ],
        neededBy: [],
        neededByCount: 0,
      },
    })
    expect(why.get('mid-1-1')).toMatchObject({
      outcome: 'rebuild',
      rule: 'dependency',
      reason: `app-1-1 is built on it; ${lacking}; built on the rebuild of base-8-1`,
      details: { offer: null, neededBy: ['app-1-1'], neededByCount: 1 },
    })
  })

  it('includes unpublished repositories listed as exceptions, whatever their release category', async () => {
    const images = [
      base,
      app('app-1-1', { repository: 'secret/exception', published: false }),
      app('other-1-1', { published: false }),
    ]
    const unpublished = { published: false, releaseCategories: ['Deprecated'] }
    discovery.use(smallCatalogue(images, { 'secret/exception': unpublished, 'product/other': unpublished }))
    expect(nvrsOf((await discovery.run()).plan)).toEqual(['app-1-1', 'base-8-1'])
  })

  it('uses current answers, not those of the previous event', async () => {
    discovery.use(smallCatalogue([base, app('app-1-1')]))
    expect(nvrsOf((await discovery.run()).plan)).toEqual(['app-1-1', 'base-8-1'])
    discovery.use(smallCatalogue([base, app('app-1-2')]))
    expect(nvrsOf((await discovery.run()).plan)).toEqual(['app-1-2', 'base-8-1'])
  })

  it('skips images that an earlier event of the advisory rebuilt, unless the request says otherwise', async () => {
    discovery.use(smallCatalogue([base, app('done-1-1')]))
    await recordDone('done-1-1')
    const { plan, why } = await discovery.run()
    expect(nvrsOf(plan)).toEqual(['base-8-1'])
    expect(why.get('done-1-1')?.rule).toBe('already-rebuilt')
    const again = await discovery.run({ requesterMetadata: '{"skip_rebuilt": false}' })
    expect(nvrsOf(again.plan)).toEqual(['base-8-1', 'done-1-1'])
    const invalid = await discovery.run({ requesterMetadata: 'not valid JSON' })
    expect(nvrsOf(invalid.plan)).toEqual(['base-8-1'])
    const requested = await discovery.run({ requestedRebuilds: 'done-1-1' })
    expect(nvrsOf(requested.plan)).toEqual(['base-8-1', 'done-1-1'])
  })
})

describe('images that are requested by name', () => {
  it('each have a reason when no repository takes part in automatic rebuilds', async () => {
    const repositories = { 'product/base': { autoRebuildTags: null } }
    discovery.use(smallCatalogue([base], repositories))
    const { plan, why } = await discovery.run({ requestedRebuilds: 'base-8-1' })
    expect(plan.builds).toEqual([])
    expect(why.get('base-8-1')).toMatchObject({
      rule: 'auto-rebuild-tag',
      reason: 'no repository of the catalogue takes part in automatic rebuilds',
    })
  })

  it('are the only ones rebuilt, with their ancestors, whatever tags and repositories they have', async () => {
    discovery.use(
      smallCatalogue([
        { ...base, tags: [] },
        app('app-1-1', { tags: [], published: false }),
        app('other-1-1'),
        app('fixed-1-1', { adds: FIXED_OPENSSL.el8 }),
        app('plain-1-1', { from: null, adds: [rpm('bash-5-1.el8')] }),
        app('elsewhere-1-1', { contentSets: contentSets('custom-$arch-rpms') }),
      ]),
    )
    const { plan, why } = await discovery.run({
      requestedRebuilds: 'app-1-1 fixed-1-1 plain-1-1 elsewhere-1-1 unknown-1-1',
    })
    expect(nvrsOf(plan)).toEqual(['app-1-1', 'base-8-1'])
    expect(Object.fromEntries([...why].map(([nvr, { rule }]) => [nvr, rule]))).toEqual({
      'base-8-1': 'dependency',
      'app-1-1': 'directly-affected',
      'fixed-1-1': 'rpm-version',
      'plain-1-1': 'rpm-names',
      'elsewhere-1-1': 'content-sets',
      'unknown-1-1': 'not-in-catalogue',
    })
    expect(why.get('app-1-1')?.reason).toContain('; its rebuild was requested; built on')
  })
})

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

describe('a catalogue that times out on large pages', () => {
  it('is queried with smaller pages, and the plan is the same', async () => {
    discovery.use(exampleCatalogue)
    const { plan } = await discovery.run()
    discovery.lab.world.faults.push({ service: 'pyxis', kind: 'mongo-timeout', aboveRows: 30, times: 1e6 })
    expect((await discovery.run()).plan).toEqual(plan)
    discovery.lab.world.faults.length = 0
  })
})

/** Stores an earlier event of the advisory that rebuilt the image. */
async function recordDone(nvr: string): Promise<void> {
  const em = discovery.ctx.db.fork()
  await em.execute(
    `with event as (
       insert into events (message_id, search_key, event_type_id, state) values (?, '133001', 10, 2) returning id)
     insert into artifact_builds (name, original_nvr, type, state, time_submitted, event_id, rebuild_reason)
     select 'app', ?, 1, 1, now(), event.id, 1 from event`,
    [`earlier ${nvr}`, nvr],
  )
}

it('the architectures without any of the RPMs count too', async () => {
  discovery.use(smallCatalogue([app('app-1-1', { from: null })]))
  let searches = 0
  discovery.lab.world.mutate = (service, operation, json) => {
    if (service !== 'pyxis' || operation !== 'find_images' || searches++ > 0) return json
    const answer = JSON.parse(JSON.stringify(json)) // the world's own records stay as they are
    const { data } = answer.data.find_images
    answer.data.find_images.data = data.filter(
      (one: { architecture: string }) => one.architecture === 'amd64',
    )
    return answer
  }
  const { findings } = await discovery.run()
  discovery.lab.world.mutate = null
  const [image] = findings.nodes.map((node) => node.image)
  expect(image?.arches).toEqual(['aarch64', 'x86_64'])
  expect(image?.contentSets).toContainEqual(expect.stringContaining('aarch64'))
  expect(image?.contentSets).toContainEqual(expect.stringContaining('x86_64'))
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
