/** Operator bundles against the lab: what is rebuilt, every reason for skipping the event, and trouble (6.7). */
import { describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../lab/catalogue/example.ts'
import { digestOf } from '../../../lab/services/koji/answers.ts'
import { EventDependency } from '../../../src/db/entities/event.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { BUILD_STATES } from '../../../src/domain/rebuild/states.ts'
import { NotReady } from '../../../src/lib/errors.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import type { TestContext } from '../../support/context.ts'
import { BUNDLE_ADVISORY, bundlesForTest, HTTPD, REBUILT, STOREFRONT } from '../../support/rebuild/bundles.ts'

const FROZEN = 'frozen-bundle-container-3.0.0-7'
const HOTFIX = 'storefront-bundle-container-2.3.0-9'
const PREVIEW = 'preview-bundle-container-0.9.0-1'
const NONE_IMPACTED = `No bundle image is impacted by ${BUNDLE_ADVISORY}, skip.`
const requested = (...nvrs: string[]) => ({
  eventTypeId: EVENT_TYPES.ManualBundleRebuildEvent,
  manualTriggered: true,
  requestedRebuilds: nvrs.join(' '),
})
const makeBuildDone = ({ db }: TestContext, id: number | undefined) =>
  db.fork().execute('update artifact_builds set state = ? where id = ?', [BUILD_STATES.DONE, id])
const newPullspecs = (overrides: unknown) =>
  (overrides as { pullspec_replacements: { new: string }[] }).pullspec_replacements.map((one) => one.new)

describe('bundles that refer to a rebuilt image', () => {
  it('are rebuilt; the others have the reason why they are not', async () => {
    const bundles = await bundlesForTest({ env: { PUBLIC_URL: 'https://freshwave.example.com' } })
    await bundles.shipHttpd()
    const event = await bundles.run()
    expect(event).toMatchObject({
      state: 'BUILDING',
      stateReason: `Advisory ${BUNDLE_ADVISORY}: Rebuilding 1 bundle images.`,
    })
    const [build] = event.builds
    expect(build).toMatchObject({
      originalNvr: STOREFRONT,
      args: {
        repository: 'containers/storefront-bundle',
        target: 'rhel-8-containers-candidate',
        branch: 'rhel-8.9.0',
        original_parent: null,
        arches: null,
        operator_csv_modifications_url: `https://freshwave.example.com/api/2/pullspec_overrides/${build?.id}`,
      },
    })
    expect(event.why).toEqual({
      [STOREFRONT]: `directly-affected: RHBA-2026:9163-01: it refers to ${HTTPD}, rebuilt as ${REBUILT}`,
      [FROZEN]: expect.stringMatching(/^auto-rebuild-tag: .*operators\/frozen-bundle/),
      [HOTFIX]: expect.stringMatching(/^hotfix: /),
    })
    expect(newPullspecs(event.overrides[0])[0]).toBe(`registry.example.com/httpd-24@${digestOf(REBUILT)}`)
  })

  it('are rebuilt once, however often the advisory is reported to have shipped, and again on request', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const first = await bundles.run()
    await makeBuildDone(bundles.ctx, first.builds[0]?.id)
    const second = await bundles.run({ messageId: 'message-2' })
    expect(second).toMatchObject({ state: 'SKIPPED', builds: [] })
    expect(second.why[STOREFRONT]).toBe(
      `already-rebuilt: ${STOREFRONT} was already rebuilt for this advisory`,
    )
    const third = await bundles.run({ ...requested(), messageId: 'message-3' })
    expect(third.builds.map(({ originalNvr }) => originalNvr)).toEqual([STOREFRONT])
  })

  it('are rebuilt without such a tag when the settings name them, or when they are requested', async () => {
    const named = await bundlesForTest({
      settings: 'bundle_autorebuild_tag_exceptions: [frozen-bundle-container-3.0.0]',
    })
    await named.shipHttpd()
    const originals = ({ builds }: { builds: { originalNvr: string }[] }) =>
      builds.map(({ originalNvr }) => originalNvr).sort()
    expect(originals(await named.run())).toEqual([FROZEN, STOREFRONT])

    const nvrs = [FROZEN, PREVIEW, HOTFIX, HTTPD, 'no-bundle-1-1']
    const byName = await bundlesForTest()
    await byName.shipHttpd()
    const event = await byName.run(requested(...nvrs))
    expect(originals(event)).toEqual([FROZEN, PREVIEW])
    expect(event.why).toMatchObject({
      [HOTFIX]: expect.stringMatching(/^hotfix/),
      [HTTPD]: expect.stringMatching(/^not-a-bundle/),
      'no-bundle-1-1': 'not-in-catalogue: it is not in the catalogue',
    })
  })

  it('count for any organization and version of OpenShift that the settings and Product Pages let in', async () => {
    const bundles = await bundlesForTest()
    bundles.world.catalogue = {
      ...bundles.world.catalogue,
      openshiftVersions: { '4.99': new Date().toISOString().slice(0, 10), '4.15': '2999-01-01' },
    }
    await bundles.shipHttpd()
    const event = await bundles.run()
    expect(event.builds.map(({ originalNvr }) => originalNvr)).toEqual([PREVIEW])

    const foreign = await bundlesForTest({ settings: 'pyxis_index_image_organizations: [others, more]' })
    await foreign.shipHttpd()
    expect(await foreign.run()).toMatchObject({ state: 'SKIPPED', stateReason: NONE_IMPACTED })
  })

  it('may refer to an earlier image that the rebuilt one descends from, unless the settings say otherwise', async () => {
    const again = 'httpd-24-container-1-283.1800000000'
    const ship = async (settings = '') => {
      const bundles = await bundlesForTest({ settings })
      await bundles.wasRebuilt(HTTPD, REBUILT)
      await bundles.wasRebuilt(REBUILT, again)
      bundles.publish(HTTPD, REBUILT)
      bundles.publish(HTTPD, again)
      bundles.attach([again])
      return bundles.run()
    }
    expect(newPullspecs((await ship()).overrides[0])[0]).toContain(digestOf(again))
    expect(await ship('bundle_include_previous_rebuilds: false')).toMatchObject({
      state: 'SKIPPED',
      stateReason: NONE_IMPACTED,
    })
  })

  it('may refer to an image of a blocking advisory, however the advisories block each other', async () => {
    const bundles = await bundlesForTest()
    bundles.publish(HTTPD, 'httpd-24-container-1-300')
    bundles.attach(['httpd-24-container-1-300'], BUNDLE_ADVISORY, [7])
    bundles.attach(['other-1-1'], 7, [8])
    bundles.attach([HTTPD], 8, [BUNDLE_ADVISORY])
    const event = await bundles.run()
    expect(newPullspecs(event.overrides[0])[0]).toContain(digestOf('httpd-24-container-1-300'))
  })

  it('take replacements of the requester first', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const overrides = {
      'nodejs-18-container-1-92': 'redis-7-container-1-19',
      [HTTPD]: 'nodejs-18-container-1-92',
    }
    const event = await bundles.run({
      ...requested(STOREFRONT),
      requesterMetadata: JSON.stringify({ bundle_related_image_overrides: overrides }),
    })
    expect(newPullspecs(event.overrides[0])).toEqual([
      `registry.example.com/httpd-24@${digestOf('nodejs-18-container-1-92')}`,
      `registry.example.com/nodejs-18@${digestOf('redis-7-container-1-19')}`,
    ])
  })

  it('do not refer to replacements without a digest, which are listed, and so are originals without one', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const overrides = { 'nodejs-18-container-1-92': 'unknown-1-1', 'misspelled-1-1': REBUILT }
    const event = await bundles.run({
      ...requested(STOREFRONT),
      requesterMetadata: JSON.stringify({ bundle_related_image_overrides: overrides }),
    })
    expect(newPullspecs(event.overrides[0])[1]).toContain(digestOf('nodejs-18-container-1-92'))
    expect(event.why).toMatchObject({
      'unknown-1-1': expect.stringMatching(/^without-digest: .* digest of it: no bundle can refer to it$/),
      'misspelled-1-1': expect.stringMatching(/^without-digest: .* in a published repository: no bundle/),
    })
  })

  it('fail the event when these replacements are not valid', async () => {
    const bundles = await bundlesForTest()
    const event = await bundles.run({
      ...requested(STOREFRONT),
      requesterMetadata: '{"bundle_related_image_overrides": {"a-1-1": 7}}',
    })
    expect(event).toMatchObject({
      state: 'FAILED',
      stateReason: expect.stringMatching(/bundle_related_image_overrides\.a-1-1: must map NVRs to NVRs/),
    })
  })
})

describe('the annotation olm.substitutesFor', () => {
  const annotation = (overrides: unknown) =>
    (overrides as { update: { metadata: { annotations?: object } } }).update.metadata.annotations

  it.each([
    [undefined, null, { 'olm.substitutesFor': 'storefront-operator.v2.3.1' }],
    [false, null, undefined],
    [false, 'storefront-operator.v2.2.0', { 'olm.substitutesFor': 'storefront-operator.v2.2.0' }],
  ])('with olm_substitutes %s and %s in the CSV is %j', async (substitutes, existing, expected) => {
    const bundles = await bundlesForTest()
    const built = [...bundles.world.koji.builds.values()].find(({ nvr }) => nvr === STOREFRONT)
    if (built?.image?.bundle)
      built.image = { ...built.image, bundle: { ...built.image.bundle, substitutesFor: existing } }
    await bundles.shipHttpd()
    const requesterMetadata = JSON.stringify({ olm_substitutes: substitutes })
    const event = await bundles.run({ ...requested(STOREFRONT), requesterMetadata })
    expect(annotation(event.overrides[0])).toEqual(expected)
  })
})

describe('an event is SKIPPED', () => {
  it('when the rules do not allow it', async () => {
    const bundles = await bundlesForTest({
      settings: 'handler_build_blocklist: {global: {image: {advisory_name: RHBA-2026}}}',
    })
    expect(await bundles.run({ messageId: 'id-7' })).toMatchObject({
      state: 'SKIPPED',
      stateReason: 'This event is not allowed by internal policy. message_id: id-7',
    })
  })

  it('when its images were not rebuilt here', async () => {
    const bundles = await bundlesForTest()
    expect(await bundles.run()).toMatchObject({
      state: 'SKIPPED',
      stateReason: "Can't find any published original builds for images in advisory.",
    })
  })

  it('when no original has a digest in a published repository', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    bundles.change(HTTPD, { locations: [] })
    expect(await bundles.run()).toMatchObject({
      state: 'SKIPPED',
      stateReason: `None of the original images have digests in Pyxis: ${HTTPD}`,
    })
  })

  it('when no rebuilt image has a digest', async () => {
    const bundles = await bundlesForTest()
    await bundles.wasRebuilt(HTTPD, REBUILT)
    bundles.attach([REBUILT])
    expect(await bundles.run()).toMatchObject({
      state: 'SKIPPED',
      stateReason: `None of the rebuilt images have digests in Pyxis: ${REBUILT}`,
    })
  })

  it('when no bundle refers to its images', async () => {
    const bundles = await bundlesForTest()
    await bundles.wasRebuilt('redis-7-container-1-19', 'redis-7-container-1-19.17')
    bundles.publish('redis-7-container-1-19', 'redis-7-container-1-19.17')
    bundles.attach(['redis-7-container-1-19.17'])
    expect(await bundles.run()).toMatchObject({ state: 'SKIPPED', stateReason: NONE_IMPACTED })
    const byName = await bundles.run({ ...requested(STOREFRONT), messageId: 'message-2' })
    expect(byName).toMatchObject({ state: 'SKIPPED', stateReason: NONE_IMPACTED })
    expect(byName.why).toEqual({ [STOREFRONT]: expect.stringMatching(/^not-impacted: /) })
  })

  it('when events it depends on have rebuilt all bundles', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const before = await makeEvent(bundles.ctx, { state: 'COMPLETE' })
    const rebuiltNvr = `${STOREFRONT}.17`
    await makeBuild(bundles.ctx, before, { state: 'DONE', originalNvr: STOREFRONT, rebuiltNvr })
    const event = await bundles.open(requested(STOREFRONT))
    await bundles.ctx.db.fork().insert(EventDependency, { event, eventDependency: before })
    const outcome = await bundles.handle(event)
    expect(outcome).toMatchObject({
      state: 'SKIPPED',
      stateReason: 'All bundles have been rebuilt successfully by dependent events, skip.',
      why: { [STOREFRONT]: expect.stringContaining(rebuiltNvr) },
    })
  })

  it('when name and version of the impacted bundles are known nowhere', async () => {
    const bundles = await bundlesForTest({ env: { KOJI_TOP_URL: '' } })
    await bundles.shipHttpd()
    const image = bundles.world.images.find(({ nvr }) => nvr === STOREFRONT)
    if (image?.bundle) bundles.change(STOREFRONT, { bundle: { ...image.bundle, csvName: '' } })
    expect(await bundles.run(requested(STOREFRONT))).toMatchObject({
      state: 'SKIPPED',
      stateReason: `CSV data is not available for impacted bundles: ${STOREFRONT}, skip.`,
      why: { [STOREFRONT]: expect.stringContaining('KOJI_TOP_URL is not set') },
    })
  })
})

it('name and version come from the manifests in Koji when the index images do not know them', async () => {
  const bundles = await bundlesForTest()
  await bundles.shipHttpd()
  const image = bundles.world.images.find(({ nvr }) => nvr === STOREFRONT)
  if (image?.bundle) bundles.change(STOREFRONT, { bundle: { ...image.bundle, csvName: '' } })
  const event = await bundles.run()
  expect(event.overrides[0]).toMatchObject({
    update: { metadata: { name: expect.stringMatching(/^storefront-operator\.v2\.3\.1-0\.\d+\.p$/) } },
  })
})

describe('a bundle that cannot be rebuilt', () => {
  it('is listed with a version that is not semantic, or was not built in Koji', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const image = bundles.world.images.find(({ nvr }) => nvr === STOREFRONT)
    if (image?.bundle) bundles.change(STOREFRONT, { bundle: { ...image.bundle, version: 'v2' } })
    bundles.change(FROZEN, { konflux: true })
    const event = await bundles.run()
    expect(event).toMatchObject({ state: 'SKIPPED', stateReason: NONE_IMPACTED })
    expect(Object.values(event.why)).toEqual(
      expect.arrayContaining([
        "version: its version 'v2' is not a semantic version",
        expect.stringMatching(/^without-build: /),
      ]),
    )
  })

  it('is requested with a version from which no new one can be made', async () => {
    const images = exampleCatalogue.images.map((image) =>
      image.nvr === STOREFRONT && image.bundle
        ? { ...image, bundle: { ...image.bundle, version: 'v2' } }
        : image,
    )
    const bundles = await bundlesForTest({ catalogue: { ...exampleCatalogue, images } })
    await bundles.shipHttpd()
    expect(await bundles.run(requested(STOREFRONT))).toMatchObject({
      state: 'SKIPPED',
      stateReason: `CSV data is not available for impacted bundles: ${STOREFRONT}, skip.`,
      why: { [STOREFRONT]: "csv-data: the version 'v2' in its CSV is not a semantic version" },
    })
  })

  it('has FAILED builds; an event with only such builds is FAILED', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    bundles.world.faults.push({
      service: 'koji',
      kind: 'call-fault',
      operation: 'getTaskRequest',
      code: 1000,
      text: 'no such task',
    })
    expect(await bundles.run()).toMatchObject({
      state: 'FAILED',
      stateReason: 'All bundle rebuilds failed',
      builds: [{ originalNvr: STOREFRONT, state: 'FAILED' }],
    })
  })
})

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
