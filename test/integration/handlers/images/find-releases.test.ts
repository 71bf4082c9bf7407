/** Releases that replace ancestors: published ones that already have the fix, and newer base images. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EL8, EL9, FIXED_OPENSSL, rpm } from '../../../../lab/catalogue/streams.ts'
import { parseSettings } from '../../../../src/config/file.ts'
import { type Discovered, type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA, published: true}}}
update_base_image: true
image_build_repository_registries: [registry-proxy.example.com]
image_extra_repo: {rock-8: http://repo.example.com/el8.repo}
`
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(undefined, SETTINGS)
})
afterAll(() => discovery.stop())

/** The app is built on mid-1-5, which has lost its tags; `releases` are further releases of mid. */
const appOn = (...releases: Partial<SmallImage>[]): SmallImage[] => [
  { nvr: 'base-8-1' },
  { nvr: 'mid-1-5', from: null, tags: [], repository: 'product/mid' },
  ...releases.map((over): SmallImage => ({ nvr: 'mid-1-6', tags: [], repository: 'product/mid', ...over })),
  { nvr: 'app-1-1', from: 'mid-1-5' },
]
const fixed = { adds: [...EL8.base, ...FIXED_OPENSSL.el8.slice(1, 2)] }

const DELETED = 2

/** Discovery while Koji reports these builds in another state, or (null) does not know them. */
async function runWithGone(gone: Readonly<Record<string, number | null>>): Promise<Discovered> {
  discovery.lab.world.mutate = (service, operation, json) => {
    const state = service === 'koji' && operation === 'getBuild' ? gone[Object(json).nvr] : undefined
    return state === undefined ? json : state && { ...Object(json), state }
  }
  try {
    return await discovery.run()
  } finally {
    discovery.lab.world.mutate = null
  }
}

/** What app is built on, and the rule that decided on each release of mid. */
async function parentWith(...releases: Partial<SmallImage>[]) {
  discovery.use(smallCatalogue(appOn(...releases)))
  return parentIn(await discovery.run())
}

function parentIn({ plan, why }: Discovered) {
  const app = plan.builds.find((build) => build.originalNvr === 'app-1-1')
  const rules = Object.fromEntries(
    [...why].flatMap(([nvr, { rule }]) => (nvr.startsWith('mid') ? [[nvr, rule]] : [])),
  )
  return { parent: app?.buildArgs.originalParent, depOn: app?.depOn, rules, why }
}

describe('an ancestor with a published fixed release', () => {
  it('is not rebuilt: its children are built on that release', async () => {
    const { parent, depOn, rules, why } = await parentWith(fixed)
    expect([parent, depOn]).toEqual(['mid-1-6', null])
    expect(rules).toEqual({ 'mid-1-5': 'fixed-release', 'mid-1-6': 'has-fix' })
    expect(why.get('mid-1-5')).toMatchObject({
      outcome: 'not-rebuilt',
      reason: 'mid-1-6 is published and has the fix: images are built on that release instead',
      details: { replacedBy: 'mid-1-6' },
    })
  })

  it('is replaced by the newest of several', async () => {
    const releases = [
      { ...fixed, nvr: 'mid-1-7' },
      { ...fixed, nvr: 'mid-1-10' },
      { ...fixed, nvr: 'mid-1-9' },
    ]
    expect((await parentWith(...releases)).parent).toBe('mid-1-10')
  })

  it.each<[string, Partial<SmallImage>, string | undefined]>([
    ['is older than the ancestor', { ...fixed, nvr: 'mid-1-4' }, undefined],
    ['is another version', { ...fixed, nvr: 'mid-1.1-6' }, undefined],
    ['is not published', { ...fixed, published: false }, undefined],
    ['also lacks the fix', { adds: [...EL8.base, EL8.openssl.libs] }, 'rpm-version'],
    ['lacks it in one of its RPMs', { adds: [...(fixed.adds ?? []), EL8.openssl.tool] }, 'rpm-names'],
    [
      'has the RPM of another stream',
      { adds: [...EL9.base, ...FIXED_OPENSSL.el9.slice(1, 2)] },
      'rpm-stream',
    ],
    ['has none of the RPMs', { adds: EL8.base }, 'rpm-names'],
    ['is offered in another repository', { ...fixed, repository: 'product/other' }, 'image-group'],
    ['is only in a build registry', { ...fixed, registry: 'registry-proxy.example.com' }, 'published'],
    ['is a hotfix', { ...fixed, labels: { 'com.redhat.hotfix': 'bz1' } }, 'hotfix'],
    [
      'has other content sets',
      { ...fixed, contentSets: { amd64: ['custom-rpms'], arm64: ['custom-rpms'] } },
      'content-sets',
    ],
    [
      'has the RPM from a module',
      { adds: [...EL8.base, rpm('openssl-libs-1:3.9-1.module+el8.9.0+1+a', 'openssl')] },
      'rpm-stream',
    ],
  ])('is rebuilt when the release %s', async (_name, release, rule) => {
    const { parent, depOn, rules } = await parentWith(release)
    expect([parent, depOn]).toEqual(['mid-1-5', 'mid-1-5'])
    expect(rules['mid-1-5']).toBe('dependency')
    expect(rules[release.nvr ?? 'mid-1-6']).toBe(rule)
  })

  it('is rebuilt when an ancestor of its own was found itself', async () => {
    const [base, mid, ...rest] = appOn(fixed)
    discovery.use(
      smallCatalogue([base as SmallImage, { ...(mid as SmallImage), from: 'base-8-1', adds: [] }, ...rest]),
    )
    const { plan } = await discovery.run()
    expect(plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
      ['base-8-1', null],
      ['mid-1-5', 'base-8-1'],
      ['app-1-1', 'mid-1-5'],
    ])
  })

  it('is replaced among any number of releases, although only the newest are read', async () => {
    const releases = Array.from({ length: 150 }, (_, n) => ({ nvr: `mid-1-${n + 6}`, from: 'mid-1-5' }))
    discovery.use(smallCatalogue(appOn({ ...fixed, nvr: 'mid-1-200' }, ...releases)))
    const { plan, why, requests } = await discovery.run()
    const app = plan.builds.find((build) => build.originalNvr === 'app-1-1')
    expect(app?.buildArgs.originalParent).toBe('mid-1-200')
    expect(why.has('mid-1-100')).toBe(false)
    expect(requests.pyxis).toBeLessThan(10)
  })

  it('is not replaced by a release whose Koji build is gone, but by the next one', async () => {
    const releases = [
      { ...fixed, nvr: 'mid-1-6' },
      { ...fixed, nvr: 'mid-1-7' },
      { ...fixed, nvr: 'mid-1-8' },
    ]
    discovery.use(smallCatalogue(appOn(...releases)))
    const gone = { 'mid-1-8': DELETED, 'mid-1-7': DELETED }
    const { parent, rules, why } = parentIn(await runWithGone(gone))
    expect(parent).toBe('mid-1-6')
    expect(rules).toEqual({
      'mid-1-5': 'fixed-release',
      'mid-1-6': 'has-fix',
      'mid-1-7': 'koji-build',
      'mid-1-8': 'koji-build',
    })
    expect(why.get('mid-1-8')?.reason).toBe(
      'its Koji build is DELETED, not COMPLETE: nothing can be built on it',
    )
  })

  it('is replaced by a release that Koji does not know, since it may have been built elsewhere', async () => {
    discovery.use(smallCatalogue(appOn(fixed)))
    expect(parentIn(await runWithGone({ 'mid-1-6': null })).parent).toBe('mid-1-6')
  })

  it('is rebuilt when the Koji build of every fixed release is gone', async () => {
    discovery.use(smallCatalogue(appOn(fixed)))
    const { depOn, rules } = parentIn(await runWithGone({ 'mid-1-6': DELETED }))
    expect([depOn, rules['mid-1-6']]).toEqual(['mid-1-5', 'koji-build'])
  })

  it('is replaced even if any number of newer releases lack the fix', async () => {
    const releases = Array.from({ length: 60 }, (_, n) => ({ nvr: `mid-1-${n + 100}`, from: 'mid-1-5' }))
    const { parent, rules } = await parentWith({ ...fixed, nvr: 'mid-1-50' }, ...releases)
    expect(parent).toBe('mid-1-50')
    expect(rules['mid-1-159']).toBe('rpm-version')
  })
})

describe('a base image that is only an ancestor', () => {
  const rock = (nvr: string, over: Partial<SmallImage> = {}): SmallImage => ({
    nvr,
    tags: [],
    repository: 'product/rock',
    filesystemTaskId: 77,
    ...over,
  })
  const app: SmallImage = { nvr: 'app-1-1', from: 'rock-8-1' }

  it('is replaced by its newest published release, which is rebuilt instead', async () => {
    const images = [
      rock('rock-8-1'),
      rock('rock-8-2'),
      rock('rock-8-4', { published: false }),
      rock('rock-8-3'),
    ]
    discovery.use(smallCatalogue([...images, app]))
    const { plan, why } = await discovery.run()
    expect(
      plan.builds.map(({ originalNvr, depOn, rebuildReason }) => [originalNvr, depOn, rebuildReason]),
    ).toEqual([
      ['rock-8-3', null, 'dependency'],
      ['app-1-1', 'rock-8-3', 'directly_affected'],
    ])
    expect(plan.builds[0]?.state).toBe('PLANNED')
    expect(why.get('rock-8-1')).toMatchObject({ rule: 'newer-base', details: { replacedBy: 'rock-8-3' } })
  })

  it('is replaced without a rebuild by a release that no longer has any of the RPMs', async () => {
    discovery.use(smallCatalogue([rock('rock-8-1'), rock('rock-8-2', { adds: EL8.base }), app]))
    const { plan } = await discovery.run()
    expect(plan.builds).toMatchObject([
      { originalNvr: 'app-1-1', depOn: null, buildArgs: { originalParent: 'rock-8-2' } },
    ])
  })

  it('is replaced by a fixed release rather than by the newest', async () => {
    discovery.use(smallCatalogue([rock('rock-8-1'), rock('rock-8-2', fixed), rock('rock-8-3'), app]))
    const { plan } = await discovery.run()
    expect(plan.builds).toMatchObject([
      { originalNvr: 'app-1-1', depOn: null, buildArgs: { originalParent: 'rock-8-2' } },
    ])
  })

  it('is replaced by the newest release whose Koji build is complete', async () => {
    discovery.use(smallCatalogue([rock('rock-8-1'), rock('rock-8-2'), rock('rock-8-3'), app]))
    const built = async (gone: Record<string, number>) =>
      (await runWithGone(gone)).plan.builds.map(({ originalNvr }) => originalNvr)
    expect(await built({ 'rock-8-3': DELETED })).toEqual(['rock-8-2', 'app-1-1'])
    expect(await built({ 'rock-8-3': DELETED, 'rock-8-2': DELETED })).toEqual(['rock-8-1', 'app-1-1'])
  })

  it('stays when it was found itself, is the newest, or the setting is off', async () => {
    discovery.use(smallCatalogue([rock('rock-8-1', { tags: ['latest'] }), rock('rock-8-2'), app]))
    expect((await discovery.run()).plan.builds[0]?.originalNvr).toBe('rock-8-1')
    discovery.use(smallCatalogue([rock('rock-8-0'), rock('rock-8-1'), app]))
    expect((await discovery.run()).plan.builds[0]?.originalNvr).toBe('rock-8-1')
    discovery.use(smallCatalogue([rock('rock-8-1'), rock('rock-8-2'), app]))
    discovery.ctx.settings.file.update_base_image = false
    expect((await discovery.run()).plan.builds[0]?.originalNvr).toBe('rock-8-1')
    discovery.ctx.settings.file.update_base_image = true
  })
})

describe('a release that is only a preview', () => {
  const registry = 'registry.example.com'
  const place = (repository: string, ...tags: string[]) => ({ registry, repository, published: true, tags })
  const tool = (nvr: string, ga: string, beta: string): SmallImage => ({
    nvr,
    locations: [place('tool/beta', beta), place('tool/ga', ga)],
  })

  it('does not replace the released one, although it is higher', async () => {
    const catalogue = smallCatalogue([tool('tool-1-5', 'latest', '1-5'), tool('tool-1-6', '1-6', 'latest')], {
      'tool/beta': { releaseCategories: ['Beta'] },
    })
    discovery.use(catalogue)
    const nvrs = async (releasedDependenciesOnly: boolean) =>
      (await discovery.run({}, { releasedDependenciesOnly })).plan.builds.map((build) => build.originalNvr)
    expect(await nvrs(false)).toEqual(['tool-1-5', 'tool-1-6'])
    expect(await nvrs(true)).toEqual(['tool-1-5'])
  })
})

describe('images that are not published', () => {
  it('are rebuilt only in their newest release', async () => {
    const { handler_build_allowlist: before } = discovery.ctx.settings.file
    const internal = (nvr: string): SmallImage => ({ nvr, repository: 'internal/tool', published: false })
    discovery.use(
      smallCatalogue([internal('tool-1-9'), internal('tool-1-10'), internal('tool-2-1')], {
        'internal/tool': { published: false, releaseCategories: ['Deprecated'] },
      }),
    )
    expect((await discovery.run()).plan.builds).toEqual([])
    const open = parseSettings(
      'handler_build_allowlist: {global: {image: {published: "None", advisory_name: RHSA}}}',
      'x',
    )
    discovery.ctx.settings.file.handler_build_allowlist = open.handler_build_allowlist
    const { plan, why } = await discovery.run()
    discovery.ctx.settings.file.handler_build_allowlist = before
    expect(plan.builds.map((build) => build.originalNvr).sort()).toEqual(['tool-1-10', 'tool-2-1'])
    expect(why.get('tool-1-9')).toMatchObject({
      rule: 'newest-release',
      reason: 'tool-1-10 is newer than tool-1-9',
    })
  })
})
