/** Records about bundles that cannot be read, requests that are refused, and trouble: each costs only what it is about (6.7). */
import { describe, expect, it } from 'vitest'
import { NotReady } from '../../../../src/lib/errors.ts'
import {
  BUNDLE_ADVISORY,
  bundlesForTest,
  REBUILT,
  requested,
  STOREFRONT,
} from '../../../support/rebuild/bundles.ts'

const FROZEN = 'frozen-bundle-container-3.0.0-7'

/** The list under `data`, or the whole answer, gets a record that cannot be read. */
type Gap = { from: string; operation: string; change: (json: unknown) => unknown }
const listWith = (record: unknown) => (json: unknown) => ({
  ...(json as { data: unknown[] }),
  data: [...(json as { data: unknown[] }).data, record],
})
const matches = (operation: string, wanted: string) => wanted === '' || operation === wanted
const GAPS: [list: string, gap: Gap][] = [
  [
    'catalogue (index images)',
    { from: 'pyxis-rest', operation: 'GET /v1/operators/indices', change: listWith({ path: 7 }) },
  ],
  [
    'sha256:',
    {
      from: 'pyxis-rest',
      operation: 'GET /v1/operators/bundles',
      change: () => ({ data: [{ csv_name: 'a' }], total: 1 }),
    },
  ],
  [
    'registry.example.com/operators/storefront-bundle',
    { from: 'pyxis-rest', operation: 'GET /v1/images', change: () => ({ data: [{ brew: 7 }], total: 1 }) },
  ],
  [
    'OpenShift 4.14 (dates of availability)',
    { from: 'product-pages', operation: '', change: () => [{ date_finish: 'soon' }] },
  ],
  [
    'RHBA-2026:9163-01 (attached builds)',
    {
      from: 'errata',
      operation: 'GET /api/v1/erratum/:id/builds',
      change: () => ({ one: { builds: 'odd' } }),
    },
  ],
  [
    'RHBA-2026:9163-01 (blocking advisories)',
    { from: 'errata', operation: 'GET /errata/blocking_errata_for/:id.json', change: () => ['odd'] },
  ],
]

describe('a record that cannot be read', () => {
  it.each(GAPS)('of %s is named in the event, which otherwise looks complete', async (list, gap) => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    bundles.world.mutate = (from, operation, json) =>
      from === gap.from && matches(operation, gap.operation) ? gap.change(json) : json
    const { why } = await bundles.run()
    const [reason] = Object.entries(why).flatMap(([nvr, text]) => (nvr.startsWith(list) ? [text] : []))
    expect(reason).toMatch(/^unreadable-list: bundles may be missing: \d+ of its .* cannot be read, '/)
  })

  it.each(['labels', 'tags'] as const)(
    'of a bundle (its %s) is why it may not have been rebuilt',
    async (list) => {
      const bundles = await bundlesForTest()
      await bundles.shipHttpd()
      bundles.world.mutate = (from, operation, json) => {
        if (from !== 'pyxis-rest' || operation !== 'GET /v1/images/nvr/:nvr') return json
        const [image] = (json as { data: [{ brew: { build: string }; repositories: object[] }] }).data
        if (image.brew.build !== STOREFRONT) return json
        const repositories = image.repositories.map((place) => ({ ...place, tags: [{ name: 7 }] }))
        const odd = list === 'tags' ? { repositories } : { parsed_data: { labels: 'odd' } }
        return { data: [{ ...image, ...odd }], total: 1 }
      }
      const { why } = await bundles.run(list === 'labels' ? requested(STOREFRONT) : {})
      const path = list === 'tags' ? 'repositories.tags.0.name' : 'parsed_data.labels'
      expect(why[STOREFRONT]).toContain(
        `unreadable: part of its record in the catalogue cannot be read: '${path}'`,
      )
    },
  )
})

/** A request that the service refuses, and the entry that reports it; the bundle that it is not about is rebuilt. */
const REFUSALS: [what: string, service: 'errata' | 'pyxis-rest', operation: string, named: string][] = [
  ['the image of a bundle', 'pyxis-rest', `GET /v1/images/nvr/${FROZEN}`, FROZEN],
  [
    'the tags of its repository',
    'pyxis-rest',
    'GET /v1/repositories/registry/registry.example.com/repository/operators/frozen-bundle',
    FROZEN,
  ],
  [
    'the builds of a blocking advisory',
    'errata',
    'GET /api/v1/erratum/7/builds',
    'advisory 7 (attached builds)',
  ],
  [
    'what blocks a blocking advisory',
    'errata',
    'GET /errata/blocking_errata_for/7.json',
    'RHBA-2026:9163-01 (blocking advisories)',
  ],
]

describe('a refused request', () => {
  it.each(REFUSALS)('for %s costs only that', async (_what, service, operation, named) => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    bundles.attach([REBUILT], BUNDLE_ADVISORY, [7])
    bundles.attach(['other-1-1'], 7)
    bundles.world.faults.push({ service, kind: 'status', status: 400, operation })
    const event = await bundles.run()
    expect(event.builds.map(({ originalNvr }) => originalNvr)).toEqual([STOREFRONT])
    expect(event.why[named]).toMatch(/cannot be read|HTTP 400/)
  })
})

describe('trouble', () => {
  it.each(['errata', 'pyxis-rest', 'product-pages', 'koji'] as const)(
    'of %s is waited for, and the event goes on afterwards',
    async (service) => {
      const bundles = await bundlesForTest()
      await bundles.shipHttpd()
      const event = await bundles.open()
      bundles.world.faults.push({ service, kind: 'status', status: 503 })
      await expect(bundles.handle(event)).rejects.toThrow(NotReady)
      bundles.world.faults.length = 0
      expect(await bundles.handle(event)).toMatchObject({ state: 'BUILDING' })
    },
  )

  it('of Product Pages does not touch requested bundles, and neither does a page that is not JSON stand for a date', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    bundles.world.faults.push({ service: 'product-pages', kind: 'garbage', text: '<html>Log in</html>' })
    const event = await bundles.open()
    await expect(bundles.handle(event)).rejects.toThrow(/product-pages: .*not valid JSON/)
    expect(await bundles.run({ ...requested(STOREFRONT), messageId: 'message-2' })).toMatchObject({
      state: 'BUILDING',
    })
  })
})
