/** Operator bundles that are not rebuilt, every reason for skipping the event, and builds that fail at once (6.7). */
import { describe, expect, it } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { EventDependency } from '../../../../src/db/entities/event.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import {
  bundlesForTest,
  HTTPD,
  NONE_IMPACTED,
  REBUILT,
  requested,
  STOREFRONT,
} from '../../../support/rebuild/bundles.ts'

const FROZEN = 'frozen-bundle-container-3.0.0-7'

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
