/** Answers that are well-formed and lack something: no image vanishes without a reason, and none is taken as fixed because of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Mutate } from '../../../../lab/mutate.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const IMAGES = ['base-1-1', 'middle-1-1', 'top-1-1']
const ADVISORY_NAME = 'RHSA-2026:9101-03'
const PLACE = { registry: 'registry-proxy.example.com', repository: 'other', published: false, tags: [] }

let discovery: Discovery
beforeAll(async () => {
  discovery = await startDiscovery()
})
afterAll(() => discovery.stop())

/** The images that are planned, and all reasons, when the answers are changed. */
async function discover(mutate: Mutate, requestedRebuilds: string | null = null) {
  const images = IMAGES.map((nvr, index) => ({ nvr, from: IMAGES[index - 1] ?? null }))
  discovery.use(smallCatalogue(images))
  discovery.lab.world.mutate = mutate
  const { plan, why } = await discovery.run({ requestedRebuilds })
  const reasons = [...why.values()].filter(({ outcome }) => outcome === 'not-rebuilt')
  return {
    planned: plan.builds.map(({ originalNvr }) => originalNvr).sort(),
    reasons: reasons.map(({ nvr, reason }) => [nvr, reason]),
  }
}

type ImageJson = { _id: string; architecture: string; edges?: unknown; [member: string]: unknown }
type PageJson = { data: Record<string, { data: ImageJson[]; total?: number; page_size: number }> }

/** Changes the pages of a query of the catalogue. */
function pages(field: string, change: (page: PageJson['data'][string]) => object): Mutate {
  return (service, operation, json) => {
    const page = service === 'pyxis' && operation === field ? (json as PageJson).data[field] : undefined
    return page ? { data: { [field]: { ...page, ...change(page) } } } : json
  }
}

const imagesAs = (change: (image: ImageJson) => object[]) =>
  pages('find_images', ({ data, total }) => {
    const changed = data.flatMap(change)
    return { data: changed, ...(total !== undefined && { total: changed.length }) }
  })

const withoutRpms = (image: ImageJson) =>
  image.edges ? { ...image, edges: { rpm_manifest: { error: null, data: { rpms: [] } } } } : image

describe('all images are rebuilt although the catalogue', () => {
  const cases: [what: string, Mutate][] = [
    [
      'gives pages of two records',
      pages('find_images', ({ data, page_size }) =>
        data.length > 2 ? { data: data.slice(0, 2), page_size: 2 } : { page_size },
      ),
    ],
    [
      'has a second record of each, for a registry where nothing is rebuilt',
      imagesAs((image) => [image, { ...image, _id: `${image._id}+`, repositories: [PLACE] }]),
    ],
    [
      'has a second record of each, without RPMs',
      imagesAs((image) => [image, { ...withoutRpms(image), _id: `${image._id}+` }]),
    ],
    ['lists none of the RPMs by which it has found them', imagesAs((image) => [withoutRpms(image)])],
  ]
  it.each(cases)('%s', async (_what, mutate) => {
    expect(await discover(mutate)).toEqual({ planned: IMAGES, reasons: [] })
  })
})

describe('a catalogue that answers about other images than the requested ones', () => {
  const all: Mutate = (() => {
    let known: ImageJson[] = []
    return pages('find_images', ({ data, total }) => {
      known = [...new Map([...known, ...data].map((image) => [image._id, image])).values()]
      return total === undefined ? {} : { data: known, total: known.length }
    })
  })()

  it('has none of these rebuilt with a requested image', async () => {
    expect((await discover(all)).planned).toEqual(IMAGES)
    expect((await discover(all, 'middle-1-1')).planned).toEqual(['base-1-1', 'middle-1-1'])
  })
})

it('an image that lists other RPMs than those by which it was found is not rebuilt, with that reason', async () => {
  const rpm = {
    name: 'bash',
    nvra: 'bash-5-1.el8.x86_64',
    srpm_name: 'bash',
    srpm_nevra: 'bash-0:5-1.el8.src',
  }
  const edges = { rpm_manifest: { error: null, data: { rpms: [rpm] } } }
  const isTop = (image: ImageJson) => JSON.stringify(image['brew']).includes('top-1-1')
  const { planned, reasons } = await discover(
    imagesAs((image) => [image.edges && isTop(image) ? { ...image, edges } : image]),
  )
  expect(planned).toEqual(['base-1-1', 'middle-1-1'])
  expect(reasons).toEqual([['top-1-1', 'it has none of the RPMs openssl, openssl-devel, openssl-libs']])
})

describe('the reason is given when no image is found, because', () => {
  const cases: [what: string, Mutate, named: string, reason: string][] = [
    [
      'Pulp knows only a repository of the advisory that has no content set',
      (service, _operation, json) => (service === 'pulp' ? [{ id: 'other', notes: {} }] : json),
      `${ADVISORY_NAME} (Pulp repositories)`,
      'Pulp does not know this repository',
    ],
    [
      'the Errata Tool lists no builds',
      (service, operation, json) => (service === 'errata' && operation.includes('builds') ? {} : json),
      `${ADVISORY_NAME} (images)`,
      'the advisory lists no RPMs that images could lack',
    ],
    [
      'the catalogue lists no repositories',
      pages('find_repositories', () => ({ data: [], total: 0 })),
      `${ADVISORY_NAME} (images)`,
      'no repository of the catalogue takes part in automatic rebuilds',
    ],
    [
      'the catalogue lists no images',
      pages('find_images', () => ({ data: [] })),
      `${ADVISORY_NAME} (images)`,
      'the catalogue lists no image with openssl, openssl-devel, openssl-libs in 3 repositories with automatic rebuilds',
    ],
  ]
  it.each(cases)('%s', async (_what, mutate, named, reason) => {
    const { planned, reasons } = await discover(mutate)
    expect([planned, reasons]).toEqual([
      [],
      expect.arrayContaining([[named, expect.stringContaining(reason)]]),
    ])
  })

  it('the advisory lists no RPMs, for each requested image', async () => {
    const noBuilds: Mutate = (service, operation, json) =>
      service === 'errata' && operation.includes('builds') ? {} : json
    expect((await discover(noBuilds, 'base-1-1 top-1-1')).reasons).toEqual(
      ['base-1-1', 'top-1-1'].map((nvr) => [nvr, 'the advisory lists no RPMs that images could lack']),
    )
  })
})
