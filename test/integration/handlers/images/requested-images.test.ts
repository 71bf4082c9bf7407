/** Discovery against the lab's services: images that are requested by name, and a catalogue that is slow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { contentSets, FIXED_OPENSSL, rpm } from '../../../../lab/catalogue/streams.ts'
import { type Discovery, nvrsOf, PUBLISHED, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(exampleCatalogue, PUBLISHED)
})
afterAll(() => discovery.stop())

const base: SmallImage = { nvr: 'base-8-1' }
const app = (nvr: string, over: Partial<SmallImage> = {}): SmallImage => ({ nvr, from: 'base-8-1', ...over })

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

describe('a catalogue that times out on large pages', () => {
  it('is queried with smaller pages, and the plan is the same', async () => {
    discovery.use(exampleCatalogue)
    const { plan } = await discovery.run()
    discovery.lab.world.faults.push({ service: 'pyxis', kind: 'mongo-timeout', aboveRows: 30, times: 1e6 })
    expect((await discovery.run()).plan).toEqual(plan)
    discovery.lab.world.faults.length = 0
  })
})
