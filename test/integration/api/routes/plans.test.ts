/** `POST /api/2/plans`: previews a rebuild without storing anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rpm } from '../../../../lab/catalogue/streams.ts'
import { createApp } from '../../../../src/api/app.ts'
import { Event } from '../../../../src/db/entities/event.ts'
import { countRows } from '../../../support/database/stored-rows.ts'
import { BUNDLE_ADVISORY, bundlesForTest, STOREFRONT } from '../../../support/rebuild/bundles.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const ADVISORY = 133001
const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA}}}
request_attempts: 1
koji_requests_per_second: 1000
`
let discovery: Discovery

beforeAll(async () => {
  const images = [
    { nvr: 'base-8-1', tags: [] },
    { nvr: 'app-1-1', from: 'base-8-1' },
    { nvr: 'tool-1-1', from: 'base-8-1' },
    { nvr: 'hotfix-1-1', from: 'base-8-1', labels: { 'com.redhat.hotfix': 'bz1' } },
  ]
  discovery = await startDiscovery(smallCatalogue(images), SETTINGS)
})
afterAll(() => discovery.stop())

type Preview = {
  builds: { name: string; expected_seconds: number; gates: unknown }[]
  critical_path: string[]
  forecast: { builder_minutes: number; p50_minutes: number; p90_minutes: number }
  total_seconds: number
  not_rebuilt: { nvr: string; rule: string; reason: string }[]
}

async function preview(body: unknown, status = 200, ctx = discovery.ctx) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await createApp(ctx).request('/api/2/plans', { method: 'POST', body: text })
  const answer = (await response.json()) as Preview
  expect(response.status, JSON.stringify(answer)).toBe(status)
  return answer
}

describe('a preview', () => {
  it('has the builds of a rebuild in order, with the reasons of all other images', async () => {
    const plan = await preview({ errata_id: ADVISORY })
    expect(plan).toMatchObject({
      errata_id: ADVISORY,
      handler: 'RebuildImagesOnRPMAdvisoryChange',
      skipped: null,
    })
    expect(plan.builds).toMatchObject([
      { order: 1, original_nvr: 'base-8-1', dep_on: null, rebuild_reason: 'dependency' },
      { order: 2, original_nvr: 'app-1-1', dep_on: 'base-8-1', rebuild_reason: 'directly_affected' },
      { order: 3, original_nvr: 'tool-1-1', dep_on: 'base-8-1', state_name: 'PLANNED' },
    ])
    expect(plan.critical_path).toEqual(['base-8-1', 'app-1-1'])
    expect(plan.total_seconds).toBe((plan.builds[0]?.expected_seconds ?? 0) * 3)
    expect(plan.not_rebuilt).toMatchObject([{ nvr: 'hotfix-1-1', rule: 'hotfix' }])
  })

  it('shows how long it would take if it started now', async () => {
    const { forecast } = await preview({ errata_id: ADVISORY })
    expect(forecast.p50_minutes).toBeGreaterThan(19) // two builds, one after the other, of ten minutes each
    expect(forecast.p50_minutes).toBeLessThan(30)
    expect(forecast.p90_minutes).toBeGreaterThan(forecast.p50_minutes)
    expect(forecast.builder_minutes).toBeGreaterThan(forecast.p50_minutes)
  })

  it('is limited to the requested images and their ancestors', async () => {
    const { builds } = await preview({ errata_id: ADVISORY, container_images: ['tool-1-1'] })
    expect(builds.map((build: { name: string }) => build.name)).toEqual(['base', 'tool'])
  })

  it('refuses a field that it does not have, with the likely one', async () => {
    expect(await preview({ errata_id: ADVISORY, container_image: ['a-1-1'] }, 400)).toMatchObject({
      message: '"container_image" is not a field of this request; did you mean "container_images"?',
    })
    expect(await preview({ errataId: ADVISORY }, 400)).toMatchObject({
      message: '"errataId" is not a field of this request; did you mean "errata_id"?',
    })
  })

  it('gives the reason when nothing would be rebuilt', async () => {
    const unknown = await preview({ errata_id: 999_999 })
    expect(unknown).toMatchObject({
      handler: null,
      skipped: 'The Errata Tool does not know advisory 999999.',
      builds: [],
    })
  })

  it('names the policies that will apply to each image at the release gates, and none without these', async () => {
    expect((await preview({ errata_id: ADVISORY })).builds[0]).toMatchObject({ gates: [] })
    discovery.ctx.settings.file.release_gates = [
      {
        decision_context: 'bodhi_update_push_stable',
        product_version: 'fedora-26',
        subject_type: 'koji_build',
      },
      { decision_context: 'nowhere', product_version: 'fedora-26', subject_type: 'koji_build' },
    ]
    const { builds } = await preview({ errata_id: ADVISORY })
    discovery.ctx.settings.file.release_gates = []
    for (const { gates } of builds)
      expect(gates).toEqual([
        {
          decision_context: 'bodhi_update_push_stable',
          product_version: 'fedora-26',
          policies: expect.arrayContaining([expect.any(String)]),
        },
        { decision_context: 'nowhere', product_version: 'fedora-26', policies: [] },
      ])
  })

  it('stores nothing', async () => {
    await preview({ errata_id: ADVISORY })
    expect(await discovery.ctx.db.orm.em.fork().count(Event)).toBe(0)
  })
})

describe('a preview for RPMs', () => {
  const FIXED = 'openssl-libs-1:1.1.1k-14.el8_9'
  const names = ({ builds }: Preview) => builds.map(({ name }) => name)

  it('has what an advisory that ships them would have, and stores nothing', async () => {
    const ofAdvisory = await preview({ errata_id: ADVISORY })
    const plan = await preview({ rpm_nvrs: [FIXED], content_sets: ['rhel-8-for-x86_64-baseos-rpms'] })
    expect(plan).toMatchObject({ errata_id: null, rpm_nvrs: [FIXED], skipped: null })
    expect(names(plan)).toEqual(names(ofAdvisory))
    expect(plan.builds[0]).toMatchObject({
      original_nvr: 'base-8-1',
      reason: expect.stringContaining('the named RPMs: openssl-libs-1.1.1k-12.el8_9 is older than'),
    })
    expect(plan.not_rebuilt).toEqual(ofAdvisory.not_rebuilt)
    expect(await discovery.ctx.db.orm.em.fork().count(Event)).toBe(0)
  })

  it('looks at content from anywhere without content sets, and only at that of those that are named', async () => {
    expect(names(await preview({ rpm_nvrs: [FIXED] }))).toEqual(['base', 'app', 'tool'])
    const other = await preview({ rpm_nvrs: [FIXED], content_sets: ['other-rpms'] })
    expect(other).toMatchObject({
      builds: [],
      skipped: 'No image has an RPM that is older than the named ones.',
    })
  })

  it('is limited to the requested images and their ancestors', async () => {
    expect(names(await preview({ rpm_nvrs: [FIXED], container_images: ['tool-1-1'] }))).toEqual([
      'base',
      'tool',
    ])
  })

  it('is empty for RPMs that every image has, and for those that the rules do not allow', async () => {
    expect(await preview({ rpm_nvrs: ['openssl-libs-1:1.1.1k-12.el8_9'] })).toMatchObject({ builds: [] })
    expect(await preview({ rpm_nvrs: [FIXED], advisory_name: 'RHBA-2026:1' })).toMatchObject({
      builds: [],
      skipped:
        "The operators' rules do not allow it: the allow rule does not match: advisory_name 'RHBA-2026:1' matches none of: RHSA.",
    })
  })

  it('takes the epoch from the build system where the caller gives none', async () => {
    const adds = [rpm('openssl-2.0-1.el8')] // newer than any 1.1.1 unless the epoch of that counts
    const catalogue = discovery.lab.world.catalogue
    discovery.use(smallCatalogue([{ nvr: 'old-1-1', adds }]))
    const plan = await preview({ rpm_nvrs: ['openssl-1.1.1k-14.el8_9'] })
    discovery.use(catalogue)
    expect(names(plan)).toEqual(['old'])
  })
})

describe('a preview of an advisory of container images', () => {
  const handler = 'HandleBotasAdvisory'

  it('has the bundles that its event would rebuild, with the same reasons, and stores nothing', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const before = await countRows(bundles.ctx.db)
    const plan = await preview({ errata_id: BUNDLE_ADVISORY }, 200, bundles.ctx)
    expect(plan).toMatchObject({ handler, skipped: null })
    expect(await countRows(bundles.ctx.db)).toEqual(before)
    const event = await bundles.run()
    expect(plan.builds).toMatchObject([{ original_nvr: STOREFRONT, dep_on: null }])
    expect(plan.builds).toHaveLength(event.builds.length)
    expect(plan.not_rebuilt.map(({ nvr, rule, reason }) => [nvr, `${rule}: ${reason}`])).toEqual(
      Object.entries(event.why).filter(([nvr]) => nvr !== STOREFRONT),
    )
  })

  it('is the same before it has shipped and afterwards', async () => {
    const bundles = await bundlesForTest()
    await bundles.shipHttpd()
    const advisory = bundles.world.advisories.get(BUNDLE_ADVISORY)
    if (!advisory) throw new Error('no advisory')
    bundles.world.advisories.set(BUNDLE_ADVISORY, { ...advisory, status: 'SHIPPED_LIVE' })
    expect(await preview({ errata_id: BUNDLE_ADVISORY }, 200, bundles.ctx)).toMatchObject({
      handler,
      builds: [{ original_nvr: STOREFRONT }],
    })
  })

  it('reports why nothing would be rebuilt, and which setting is missing', async () => {
    const bundles = await bundlesForTest()
    expect(await preview({ errata_id: BUNDLE_ADVISORY }, 200, bundles.ctx)).toMatchObject({
      handler,
      skipped: "Can't find any published original builds for images in advisory.",
    })
    const off = await bundlesForTest({ env: { PRODUCT_PAGES_URL: '' } })
    expect(await preview({ errata_id: BUNDLE_ADVISORY }, 200, off.ctx)).toMatchObject({
      handler,
      skipped: `${handler} is off: PRODUCT_PAGES_URL not set.`,
    })
  })
})

describe('a preview of a module that is ready for flatpaks', () => {
  it('is planned as flatpaks of its modules', async () => {
    const { world } = discovery.lab
    const advisory = world.advisories.get(ADVISORY)
    if (!advisory) throw new Error('no advisory')
    world.advisories.set(ADVISORY, {
      ...advisory,
      status: 'QE',
      contentTypes: ['module'],
      pulpRepositories: ['app-hidden-rpms'],
    })
    expect(await preview({ errata_id: ADVISORY })).toMatchObject({
      handler: 'RebuildFlatpakApplicationOnModuleReady',
      skipped: 'No images are impacted by the advisory. message_id: preview-133001',
      builds: [],
    })
    world.advisories.set(ADVISORY, advisory)
  })
})

describe('no preview is possible', () => {
  it.each([
    [
      '{broken',
      "The request body is not valid JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ],
    ['[]', 'The request body must be a JSON object.'],
    [{ errata_id: 'x' }, '"errata_id" must be an integer.'],
    [{ errata_id: 0 }, '"errata_id" must be between 1 and 2147483647.'],
    [{ errata_id: 99_999_999_999 }, '"errata_id" must be between 1 and 2147483647.'],
    [{ errata_id: 1, container_images: 'a-1-1' }, '"container_images" must be an array of strings.'],
    [{}, 'Give exactly one of "errata_id" and "rpm_nvrs".'],
    [{ errata_id: 1, rpm_nvrs: ['a-1-1'] }, 'Give exactly one of "errata_id" and "rpm_nvrs".'],
    [
      { errata_id: 1, content_sets: ['a'] },
      '"content_sets" is only for "rpm_nvrs": the advisory has its own.',
    ],
    [{ rpm_nvrs: [] }, '"rpm_nvrs" must name at least one RPM.'],
    [{ rpm_nvrs: 'a-1-1' }, '"rpm_nvrs" must be an array of strings.'],
    [
      { rpm_nvrs: ['a-1-1', 'openssl'] },
      '"rpm_nvrs": "openssl" is not a name-version-release, such as openssl-libs-3.0.7-20.el9.',
    ],
    [
      { rpm_nvrs: ['a'.repeat(150)] },
      `"rpm_nvrs": "${'a'.repeat(100)}…" is not a name-version-release, such as openssl-libs-3.0.7-20.el9.`,
    ],
    [
      { rpm_nvrs: ['a-1-1.x86_64.rpm'] },
      '"rpm_nvrs": "a-1-1.x86_64.rpm" has an architecture or is a file: give name-version-release alone, such as openssl-libs-3.0.7-20.el9.',
    ],
  ])('for the body %j', async (body, message) => {
    expect(await preview(body, 400)).toEqual({ error: 'Bad Request', message, status: 400 })
  })

  it('for more images or content sets than a plan may have', async () => {
    const names = (count: number) => Array.from({ length: count }, (_none, n) => `a-${n}-1`)
    expect(await preview({ errata_id: 1, container_images: names(10_001) }, 400)).toMatchObject({
      message: '"container_images" must name at most 10000 images.',
    })
    expect(await preview({ rpm_nvrs: ['a-1-1'], content_sets: names(1001) }, 400)).toMatchObject({
      message: '"content_sets" must name at most 1000 content sets.',
    })
  })

  it('while an upstream service fails', async () => {
    discovery.lab.world.faults.push({ service: 'errata', kind: 'status', status: 503 })
    expect(await preview({ errata_id: ADVISORY }, 502)).toMatchObject({
      error: 'Bad Gateway',
      message: expect.stringContaining('errata'),
    })
    discovery.lab.world.faults.length = 0
  })
})
