/** Properties of discovery and planning against the lab that must hold for every catalogue. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalogue, CatalogueEntry, Rpm } from '../../../../lab/catalogue/entry.ts'
import { contentSets, EL8, EL9, FIXED_OPENSSL, rpm } from '../../../../lab/catalogue/streams.ts'
import { type Discovered, type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const RUNS = { numRuns: 40 }
const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_name: RHSA, published: true, image_name: image}}}
handler_build_blocklist: {global: {image: {image_name: image-blocked}}}
image_extra_repo: {image-base-1: http://repo.example.com/el8.repo}
`
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(undefined, SETTINGS)
})
afterAll(() => discovery.stop())

/** The RPMs that an image adds in its own layer; `none`: only those of its parent. */
const LAYERS: Readonly<Record<string, readonly Rpm[]>> = {
  none: [],
  old: [EL8.openssl.libs],
  oldTool: [EL8.openssl.tool],
  fixed: FIXED_OPENSSL.el8.slice(0, 2),
  newer: [rpm('openssl-libs-1:1.1.1k-20.el8', 'openssl')],
  el9: FIXED_OPENSSL.el9.slice(0, 2),
  oldEl9: [EL9.openssl.libs],
}
const NAMES = ['image-base', 'image-core', 'image-tool', 'image-app', 'image-blocked']

const oneImage = fc.record({
  name: fc.nat(NAMES.length - 1),
  /** Counted backwards among the preceding images; a number that is too large means none. */
  parent: fc.nat(8),
  layer: fc.constantFrom(...Object.keys(LAYERS)),
  tagged: fc.boolean(),
  published: fc.boolean(),
  hotfix: fc.nat(12).map((n) => n === 0),
  elsewhere: fc.nat(12).map((n) => n === 0),
  parentInPyxis: fc.boolean(),
  gone: fc.nat(6).map((n) => n === 0),
})
/** An image with this label has a Koji build that is deleted. */
const GONE = 'gone'

/** Parents precede children; images of one name are its releases, in ascending order. */
const catalogues = fc.array(oneImage, { minLength: 1, maxLength: 25 }).map((drawn) => {
  const images: SmallImage[] = []
  for (const [index, spec] of drawn.entries()) {
    const name = NAMES[spec.name] ?? 'image-app'
    const parent = spec.name === 0 ? undefined : images[images.length - 1 - spec.parent]
    images.push({
      nvr: `${name}-1-${index + 1}`,
      from: parent?.nvr ?? null,
      repository: `product/${name}`,
      adds: [...(parent ? [] : EL8.base), ...(LAYERS[spec.layer] ?? [])],
      tags: spec.tagged ? ['latest'] : [],
      published: spec.published,
      labels: { ...(spec.hotfix && { 'com.redhat.hotfix': 'bz1' }), ...(spec.gone && { [GONE]: '' }) },
      parentInPyxis: spec.parentInPyxis,
      ...(spec.elsewhere ? { contentSets: contentSets('custom-$arch-rpms') } : {}),
      ...(spec.name === 0 ? { filesystemTaskId: 77 } : {}),
    })
  }
  // A failing case is printed with one line per image.
  const lines = images.map(
    (image, index) => `\n${image.nvr} <- ${image.from} ${JSON.stringify(drawn[index])}`,
  )
  return { ...smallCatalogue(images), [fc.toStringMethod]: () => lines.join('') }
})

function use(catalogue: Catalogue): void {
  discovery.use(catalogue)
  const gone = new Set(catalogue.images.flatMap(({ nvr, labels }) => (GONE in labels ? [nvr] : [])))
  discovery.lab.world.mutate = (service, operation, json) =>
    service === 'koji' && operation === 'getBuild' && gone.has(Object(json).nvr)
      ? { ...Object(json), state: 2 }
      : json
}

const holds = (check: (found: Discovered, catalogue: Catalogue) => void) =>
  fc.assert(
    fc.asyncProperty(catalogues, async (catalogue) => {
      use(catalogue)
      check(await discovery.run(), catalogue)
    }),
    RUNS,
  )

const VULNERABLE: ReadonlySet<Rpm> = new Set([EL8.openssl.libs, EL8.openssl.tool, EL9.openssl.libs])
const lacksFix = ({ rpms }: CatalogueEntry) => rpms.some((installed) => VULNERABLE.has(installed))
const isOffered = ({ locations }: CatalogueEntry) =>
  locations.some((place) => place.published && place.tags.includes('latest'))
const isAllowed = (image: CatalogueEntry) =>
  isOffered(image) &&
  image.contentSets === EL8.contentSets &&
  !('com.redhat.hotfix' in image.labels) &&
  !image.name.startsWith('image-blocked')

describe('for any catalogue', () => {
  it('every affected and allowed image is rebuilt once, or a newer release of it is', async () => {
    await holds(({ plan, why }, { images }) => {
      const built = plan.builds.map((build) => build.originalNvr)
      expect(new Set(built).size).toBe(built.length)
      for (const image of images.filter((candidate) => lacksFix(candidate) && isAllowed(candidate))) {
        const replacement = why.get(image.nvr)?.details?.['replacedBy'] ?? image.nvr
        expect(built).toContain(replacement)
      }
    })
  })

  it('every rebuilt image lacks the fix, and is found or needed by one that was found', async () => {
    await holds(({ plan }, { images }) => {
      const byNvr = new Map(images.map((image) => [image.nvr, image]))
      const needed = new Set(plan.builds.map((build) => build.depOn))
      for (const build of plan.builds) {
        const image = byNvr.get(build.originalNvr)
        expect(image && lacksFix(image)).toBe(true)
        if (build.rebuildReason === 'dependency') expect(needed.has(build.originalNvr)).toBe(true)
      }
    })
  })

  it('every image comes after its parent, and waits for the build of exactly the image it is built on', async () => {
    await holds(({ plan }) => {
      const before = new Set<string>()
      const planned = new Set(plan.builds.map((build) => build.originalNvr))
      for (const { originalNvr, depOn, buildArgs } of plan.builds) {
        const parent = buildArgs.originalParent
        expect(depOn).toBe(parent !== null && planned.has(parent) ? parent : null)
        if (depOn !== null) expect(before.has(depOn)).toBe(true)
        before.add(originalNvr)
      }
    })
  })

  it('every image is built on its original parent or a newer release of it, which has the fix or gets it', async () => {
    await holds(({ plan }, { images }) => {
      const byNvr = new Map(images.map((image) => [image.nvr, image]))
      const planned = new Set(plan.builds.map((build) => build.originalNvr))
      for (const { originalNvr, state, buildArgs } of plan.builds) {
        if (state === 'FAILED') continue // its parent may be known to nothing but its build, which is gone
        const original = byNvr.get(byNvr.get(originalNvr)?.from ?? '')
        const chosen = byNvr.get(buildArgs.originalParent ?? '')
        expect(chosen?.name).toBe(original?.name)
        expect(Number(chosen?.release ?? 0)).toBeGreaterThanOrEqual(Number(original?.release ?? 0))
        if (chosen && lacksFix(chosen)) expect(planned.has(chosen.nvr)).toBe(true)
      }
    })
  })

  it('an image whose Koji build is gone replaces no other, and fails itself', async () => {
    await holds(({ plan, why }, { images }) => {
      const byNvr = new Map(images.map((image) => [image.nvr, image]))
      const isGone = (nvr: unknown) => GONE in (byNvr.get(String(nvr))?.labels ?? {})
      for (const { details } of why.values()) expect(isGone(details?.['replacedBy'])).toBe(false)
      for (const { originalNvr, state, stateReason, buildArgs } of plan.builds) {
        if (isGone(originalNvr)) expect([state, stateReason]).toEqual(['FAILED', expect.any(String)])
        const parent = buildArgs.originalParent
        if (parent !== byNvr.get(originalNvr)?.from) expect(isGone(parent)).toBe(false)
      }
    })
  })

  it('every image that could be considered has exactly one reason', async () => {
    await holds(({ findings, plan, why }, { images }) => {
      const reasons = [...findings.considered, ...plan.considered]
      expect(reasons).toHaveLength(why.size)
      for (const { reason } of reasons) expect(reason).not.toBe('')
      const looked = images.filter((image) => isOffered(image) && image.contentSets === EL8.contentSets)
      const named = looked.filter((image) =>
        image.rpms.some((installed) => /^openssl(-libs|-devel)?$/.test(installed.name)),
      )
      for (const image of named) expect(why.has(image.nvr)).toBe(true)
      for (const build of plan.builds) expect(why.has(build.originalNvr)).toBe(true)
    })
  })

  it('the plan does not depend on the order of the catalogue, and is the same when made again', async () => {
    await fc.assert(
      fc.asyncProperty(catalogues, fc.infiniteStream(fc.nat()), async (catalogue, keys) => {
        use(catalogue)
        const first = await discovery.run()
        expect((await discovery.run()).plan).toEqual(first.plan)
        const shuffled = catalogue.images
          .map((image) => ({ image, key: keys.next().value }))
          .toSorted((a, b) => Number(a.key) - Number(b.key))
        discovery.lab.world.images = shuffled.map(({ image }) => image)
        const again = await discovery.run()
        expect(again.plan).toEqual(first.plan)
        expect(again.findings.considered).toEqual(first.findings.considered)
      }),
      RUNS,
    )
  })
})
