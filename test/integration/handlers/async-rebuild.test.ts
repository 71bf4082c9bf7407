/** Discovery of events of type 14 against the lab: images by name and branch, with odd records and trouble of the services. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EL8, type Stream } from '../../../lab/catalogue/streams.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { planBuilds } from '../../../src/domain/rebuild/plan/plan.ts'
import type { DiscoveryEvent } from '../../../src/handlers/handler.ts'
import { handlerOfType } from '../../../src/handlers/index.ts'
import { storeBuild, storeEvent } from '../../support/api/api.ts'
import { type Discovery, startDiscovery } from '../../support/rebuild/discovery.ts'
import { rebuilds } from '../../support/rebuild/planned-images.ts'
import { type SmallImage, smallCatalogue } from '../../support/rebuild/small-catalogue.ts'

const SETTINGS = `
handler_build_allowlist: {RebuildImagesOnAsyncManualBuild: {image: {manual: true}}}
handler_build_blocklist: {RebuildImagesOnAsyncManualBuild: {image: {dry_run: true}}}
koji_requests_per_second: 1000
request_attempts: 1
koji_retry: 0
requests_timeout: 20
`
const OTHER: Stream = { ...EL8, branch: 'rhel-8.10.0' }
const core = (nvr: string, over: Partial<SmallImage> = {}) => ({ nvr, from: 'base-8-1', ...over })
/** app is built on mid, mid on core, core on base. */
const IMAGES: SmallImage[] = [
  { nvr: 'base-8-1' },
  core('core-1-1'),
  core('core-1-2'),
  core('core-1-3', { stream: OTHER }),
  core('core-1-4', { published: false }),
  { nvr: 'mid-1-1', from: 'core-1-1' },
  { nvr: 'app-1-1', from: 'mid-1-1' },
]
let discovery: Discovery
let dependency: { event: number; on: number }

beforeAll(async () => {
  discovery = await startDiscovery(smallCatalogue(IMAGES), SETTINGS)
  const { db } = discovery.ctx
  const on = await storeEvent(db, { eventTypeId: 14, state: 2 })
  const event = await storeEvent(db, { eventTypeId: 14 })
  await storeBuild(db, { event: on, state: 1, originalNvr: 'core-1-2', rebuiltNvr: 'core-1-2.1600000000' })
  await db
    .fork()
    .execute('insert into event_dependencies (event_id, event_dependency_id) values (?, ?)', [event, on])
  dependency = { event, on }
})
afterAll(() => discovery.stop())
beforeEach(() => discovery.use(smallCatalogue(IMAGES)))
afterEach(() => {
  discovery.lab.world.faults.length = 0
  discovery.lab.world.mutate = null
})

const EVENT: DiscoveryEvent = {
  id: 1_000_000,
  messageId: 'async_build_1',
  searchKey: 'async_build_1',
  dryRun: false,
  manualTriggered: true,
  requestedRebuilds: 'app core',
  requesterMetadata: null,
  distGitBranch: EL8.branch,
  brewTarget: null,
}

async function gather(over: Partial<DiscoveryEvent> = {}) {
  const handler = handlerOfType(EVENT_TYPES.FreshmakerAsyncManualBuildEvent)
  if (!handler) throw new Error('no handler for rebuilds by name')
  const findings = await handler.gather(discovery.ctx, { ...EVENT, ...over })
  const plan = planBuilds({ nodes: findings.nodes, durations: new Map(), medianDurationS: 1 })
  const why = Object.fromEntries(findings.considered.map(({ nvr, rule }) => [nvr, rule]))
  const builds = plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])
  return { findings, plan, builds, why }
}

/** Changes members of the catalogue's records, and leaves a record out where it returns null. */
function changeRecords(change: (record: Record<string, unknown>, nvr: string) => unknown) {
  discovery.lab.world.mutate = (service, operation, json) => {
    if (service !== 'pyxis' || operation !== 'find_images') return json
    // The answer of the lab has this shape.
    const page = (json as { data: { find_images: { data: Record<string, unknown>[] } } }).data.find_images
    page.data = page.data.map((record) =>
      change(record, (record['brew'] as { build: string }).build),
    ) as typeof page.data
    return json
  }
}

describe('a rebuild by name', () => {
  it('takes the newest published image of the branch, with the images between requested ones', async () => {
    const { builds, why, plan } = await gather()
    expect(builds).toEqual([
      ['core-1-2', null],
      ['mid-1-1', 'core-1-2'],
      ['app-1-1', 'mid-1-1'],
    ])
    expect(plan.builds.map(({ rebuildReason }) => rebuildReason)).toEqual(Array(3).fill('unknown'))
    expect(plan.builds.map(({ buildArgs }) => buildArgs)).toMatchObject([
      { target: EL8.target, branch: EL8.branch, originalParent: 'base-8-1', renewedOdcsComposeIds: null },
      { target: EL8.target, renewedOdcsComposeIds: null },
      { target: EL8.target, renewedOdcsComposeIds: null },
    ])
    expect(why).toEqual({
      'base-8-1': 'above-requested',
      'core-1-1': 'newer-release',
      'core-1-3': 'other-branch',
    })
    expect(plan.considered.map(({ nvr, rule }) => [nvr, rule])).toEqual([
      ['core-1-2', 'requested'],
      ['mid-1-1', 'between-requested'],
      ['app-1-1', 'requested'],
    ])
  })

  it('of one package is that image alone, on its parent, for the requested target', async () => {
    const { builds, plan } = await gather({ requestedRebuilds: 'app', brewTarget: 'special-candidate' })
    expect(builds).toEqual([['app-1-1', null]])
    expect(plan.builds[0]?.buildArgs).toMatchObject({
      target: 'special-candidate',
      originalParent: 'mid-1-1',
    })
  })

  it('takes another image from another branch', async () => {
    const { builds } = await gather({ requestedRebuilds: 'core', distGitBranch: OTHER.branch })
    expect(builds).toEqual([['core-1-3', null]])
  })

  it('also takes the release that an image is built on, without claiming that it is of the branch', async () => {
    const images = IMAGES.filter(({ nvr }) => nvr !== 'mid-1-1' && nvr !== 'app-1-1')
    discovery.use(smallCatalogue([...images, { nvr: 'app-1-1', from: 'core-1-3' }]))
    const { builds, plan } = await gather()
    expect(builds).toEqual([
      ['core-1-2', null],
      ['core-1-3', null],
      ['app-1-1', 'core-1-3'],
    ])
    expect(plan.builds.map(({ reason }) => reason)).toEqual([
      'its package was requested, from the branch rhel-8.9.0; built on base-8-1',
      'app-1-1 is built on it; its package was requested; built on base-8-1',
      'its package was requested, from the branch rhel-8.9.0; built on the rebuild of core-1-3',
    ])
  })

  it('fails a release of the branch that cannot be built, although an image is built on a newer one from elsewhere', async () => {
    discovery.use(smallCatalogue([...IMAGES.slice(0, 4), { nvr: 'app-1-1', from: 'core-1-3' }]))
    discovery.lab.world.mutate = (service, operation, json) =>
      service === 'koji' && operation === 'getBuild' && Object(json).nvr === 'core-1-2'
        ? { ...Object(json), state: 2 }
        : json
    const { plan } = await gather()
    expect(plan.builds.map(({ originalNvr, state }) => [originalNvr, state])).toEqual([
      ['core-1-2', 'FAILED'],
      ['core-1-3', 'PLANNED'],
      ['app-1-1', 'PLANNED'],
    ])
  })

  it('needs no image of the RPMs, no composes, and few requests', async () => {
    const many = Array.from({ length: 60 }, (_, n) => core(`many-1-${n + 2}`, { stream: OTHER }))
    const names = Array.from({ length: 60 }, (_, n) => core(`name${n}-1-1`))
    discovery.use(smallCatalogue([{ nvr: 'base-8-1' }, core('many-1-1'), ...many, ...names]))
    discovery.lab.world.requests.clear()
    const requestedRebuilds = ['many', ...names.map(({ nvr }) => nvr.replace('-1-1', ''))].join(' ')
    const { findings, plan } = await gather({ requestedRebuilds })
    expect(plan.builds).toHaveLength(61)
    expect(plan.builds.every(({ rpmsToFix }) => rpmsToFix === null)).toBe(true)
    expect(findings.fixedRpms).toEqual([])
    const requests = [...discovery.lab.world.requests.values()].reduce((sum, count) => sum + count, 0)
    expect(requests).toBeLessThan(20)
  })

  it('does not build again what an event it depends on has built, but builds on it', async () => {
    const { findings } = await gather({ id: dependency.event })
    const { builds } = planBuilds({
      nodes: findings.nodes,
      durations: new Map(),
      medianDurationS: 1,
      rebuiltByDependencies: rebuilds([['core-1-2', 'core-1-2.1600000000']]),
    })
    expect(builds.map(({ originalNvr, buildArgs }) => [originalNvr, buildArgs.originalParent])).toEqual([
      ['mid-1-1', 'core-1-2.1600000000'],
      ['app-1-1', 'mid-1-1'],
    ])
  })

  it('does not build the rebuild of such an event again once it is published', async () => {
    discovery.use(smallCatalogue([...IMAGES, core('core-1-2.1600000000')]))
    const { builds, plan, why } = await gather({ id: dependency.event })
    expect(builds).toEqual([
      ['mid-1-1', null],
      ['app-1-1', 'mid-1-1'],
    ])
    expect(plan.builds[0]?.buildArgs.originalParent).toBe('core-1-2.1600000000')
    expect(why['core-1-2.1600000000']).toBe('reused')
  })
})

describe('a request that cannot be carried out', () => {
  it('is skipped without an allow rule that matches, or with a block rule', async () => {
    const text = 'This image rebuild is not allowed by internal policy. message_id: async_build_1'
    await expect(gather({ manualTriggered: false })).rejects.toMatchObject({ name: 'Skip', message: text })
    await expect(gather({ dryRun: true })).rejects.toMatchObject({ name: 'Skip', message: text })
  })

  it('names the packages that were never built from the branch', async () => {
    const requestedRebuilds = 'core missing-container app'
    await expect(gather({ requestedRebuilds, distGitBranch: OTHER.branch })).rejects.toMatchObject({
      name: 'Permanent',
      isWholeReason: true,
      message:
        'One or more of the requested image was never built before for the requested branch: rhel-8.10.0. ' +
        "Cannot build it, please change your request. Problematic images are {'app', 'missing-container'}",
    })
  })

  it('is not refused for a build that the hub does not know: the next older one counts', async () => {
    discovery.lab.world.faults.push({
      service: 'koji',
      kind: 'call-fault',
      operation: 'getBuild',
      argument: 'core-1-2',
      code: 1000,
      text: 'No such build',
    })
    const { builds, why } = await gather({ requestedRebuilds: 'core' })
    expect(builds).toEqual([['core-1-1', null]])
    expect(why['core-1-2']).toBe('no-branch')
  })

  it('fails only the image whose record in the build system cannot be read', async () => {
    discovery.lab.world.mutate = (service, operation, json) => {
      const build = json as { nvr?: string } | null
      return service === 'koji' && operation === 'getBuild' && build?.nvr === 'core-1-2'
        ? { ...build, id: 'x' }
        : json
    }
    const { plan } = await gather({ requestedRebuilds: 'core app' })
    expect(plan.builds.map(({ originalNvr, state }) => [originalNvr, state])).toEqual([
      ['core-1-1', 'PLANNED'],
      ['core-1-2', 'FAILED'],
      ['mid-1-1', 'PLANNED'],
      ['app-1-1', 'PLANNED'],
    ])
    const failed = plan.builds.find(({ state }) => state === 'FAILED')
    expect(failed?.stateReason).toMatch(/^Cannot resolve the container image: its record .* cannot be read/)
  })
})

describe('records of the catalogue', () => {
  it('that cannot be read cost nothing: the build system knows the image', async () => {
    changeRecords((record, nvr) =>
      nvr === 'core-1-2' || nvr === 'mid-1-1' ? { ...record, edges: 'odd' } : record,
    )
    const { plan } = await gather()
    expect(plan.builds.map(({ originalNvr }) => originalNvr)).toContain('core-1-2')
    expect(plan.builds.every(({ state }) => state === 'PLANNED')).toBe(true)
    const app = plan.builds.find(({ originalNvr }) => originalNvr === 'app-1-1')
    expect(app?.depOn).toBe('mid-1-1')
  })

  it('without a parent are completed by the build system', async () => {
    changeRecords((record) => ({ ...record, parent_brew_build: null }))
    expect((await gather()).builds).toEqual([
      ['core-1-2', null],
      ['mid-1-1', 'core-1-2'],
      ['app-1-1', 'mid-1-1'],
    ])
  })
})

describe('trouble', () => {
  it.each([
    [{ service: 'pyxis', kind: 'status', status: 503 }],
    [{ service: 'koji', kind: 'status', status: 503 }],
    [{ service: 'koji', kind: 'call-fault', operation: 'getBuild', argument: 'core-1-2', code: 1014 }],
    [{ service: 'koji', kind: 'call-fault', operation: 'getTaskRequest', code: 1002 }],
  ] as const)('of a service is not taken for an answer: %j', async (fault) => {
    discovery.lab.world.faults.push(fault)
    await expect(gather()).rejects.toMatchObject({ blame: expect.stringMatching(/service|account/) })
  })
})
