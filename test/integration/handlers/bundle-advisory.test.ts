/** Operator bundles against the lab: which are rebuilt, with which replacements, names and versions (6.7). */
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../lab/services/koji/answers.ts'
import { BUILD_STATES } from '../../../src/domain/rebuild/states.ts'
import type { TestContext } from '../../support/context.ts'
import {
  BUNDLE_ADVISORY,
  bundlesForTest,
  HTTPD,
  NONE_IMPACTED,
  REBUILT,
  requested,
  STOREFRONT,
} from '../../support/rebuild/bundles.ts'

const FROZEN = 'frozen-bundle-container-3.0.0-7'
const HOTFIX = 'storefront-bundle-container-2.3.0-9'
const PREVIEW = 'preview-bundle-container-0.9.0-1'

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
