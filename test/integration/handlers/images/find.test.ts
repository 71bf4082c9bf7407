/** Discovery against the lab's services: which images an advisory affects, and the reasons of the rest. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { contentSets, FIXED_OPENSSL, rpm } from '../../../../lab/catalogue/streams.ts'
import { ADVISORY } from '../../../support/rebuild/affected-images.ts'
import { type Discovery, nvrsOf, PUBLISHED, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(exampleCatalogue, PUBLISHED)
})
afterAll(() => discovery.stop())

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
