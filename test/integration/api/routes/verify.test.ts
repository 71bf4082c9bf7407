/** `/verify-image` and `/verify-image-repository` in both versions, against the lab's Pyxis with odd records and trouble. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EL8 } from '../../../../lab/catalogue/streams.ts'
import { startLab } from '../../../../lab/start.ts'
import { startApi, type TestApi } from '../../../support/api/api.ts'
import { type ApiDocument, faultOfAnswer } from '../../../support/api/document.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const SETTINGS = `
request_attempts: 1
container_release_categories: [Generally Available, Beta]
image_build_repository_registries: [builds.example.com]
unpublished_exceptions: [{registry: registry.example.com, repository: secret/exception}]
`
const REGISTRY = 'registry.example.com'
const place = (repository: string, over: object = {}) => ({
  registry: REGISTRY,
  repository,
  published: true,
  tags: ['latest', '1'],
  ...over,
})
const at = (nvr: string, ...locations: SmallImage['locations'] & object): SmallImage => ({ nvr, locations })
const IMAGES: SmallImage[] = [
  at('good-1-1', place('shop/good')),
  at('good-2-1', place('shop/good', { tags: ['2'] })),
  at(
    'copied-1-1',
    place('shop/copied', { registry: 'builds.example.com' }),
    place('shop/good', { tags: ['9'] }),
  ),
  at('unlisted-1-1', place('shop/unlisted', { registry: 'builds.example.com' })),
  { ...at('bare-1-1', place('shop/bare')), contentSets: { amd64: EL8.contentSets.amd64, arm64: [] } },
  { ...at('konflux-1-1', place('shop/konflux')), konflux: true },
  at('old-1-1', place('shop/old')),
  at('hidden-1-1', place('secret/hidden', { published: false })),
  at('excepted-1-1', place('secret/exception', { published: false })),
  at('unset-1-1', place('shop/unset')),
  at('off-1-1', place('shop/off')),
  at('untagged-1-1', place('shop/untagged', { tags: ['1'] })),
  at('partner-1-1', place('shop/partner')),
]
const catalogue = smallCatalogue(IMAGES, {
  'shop/old': { releaseCategories: ['Deprecated'] },
  'secret/hidden': { published: false },
  'secret/exception': { published: false },
  'shop/unset': { autoRebuildTags: null },
  'shop/off': { autoRebuildTags: [] },
  'shop/partner': { vendorLabel: 'partner' },
})
const [twin] = catalogue.repositories.filter(({ repository }) => repository === 'shop/good')
const CONTENT_SETS = [...EL8.contentSets.amd64, ...EL8.contentSets.arm64]
let lab: Awaited<ReturnType<typeof startLab>>
let api: TestApi

beforeAll(async () => {
  const twins = twin ? ['a.example.com', 'b.example.com'].map((registry) => ({ ...twin, registry })) : []
  const repositories = [
    ...catalogue.repositories,
    ...twins.map((repository) => ({ ...repository, repository: 'shop/twice' })),
  ]
  lab = await startLab({ catalogue: { ...catalogue, repositories } })
  api = await startApi(lab.urls, SETTINGS)
})
afterAll(async () => {
  await api.drop()
  await lab.stop()
})
afterEach(() => {
  lab.world.faults.length = 0
  lab.world.mutate = null
})

const noContentSets =
  'Found image "bare-1-1" in this repository, but it cannot be rebuilt, because the "content_sets" are not set for this image.'
const refusals = {
  old: "Only repositories with one of {'Generally Available', 'Beta'} release_categories can be rebuilt, but found ['Deprecated'].",
  hidden:
    'Only published repositories or unpublished exceptions can be rebuilt, but this repository is not published.',
  unset: 'The "auto_rebuild_tags" in COMET is not set.',
  off: 'The "auto_rebuild_tags" in COMET is set to an empty list, this means rebuilds of images in this repository are disabled.',
}

/** Changes the records of one kind that the catalogue returns. */
function change(operation: string, to: (record: Record<string, unknown>) => Record<string, unknown>) {
  lab.world.mutate = (service, called, json) => {
    if (service !== 'pyxis' || called !== operation) return json
    // The answers of the lab have this shape.
    const pages = (json as { data: Record<string, { data: Record<string, unknown>[] }> }).data
    for (const page of Object.values(pages)) page.data = page.data.map(to)
    return json
  }
}

describe.each([1, 2])('in version %i', (version) => {
  const image = (nvr: string, status = 200) => api.json(`/api/${version}/verify-image/${nvr}`, status)
  const repository = (name: string, status = 200) =>
    api.json(`/api/${version}/verify-image-repository/${name}`, status)

  it('an image that can be rebuilt has its content sets, sorted', async () => {
    expect(await image('good-1-1')).toEqual({
      images: { 'good-1-1': CONTENT_SETS.toSorted() },
      msg: 'Found 1 images which are handled by Freshmaker for defined content_sets.',
    })
  })

  it('an image is judged by its repository outside the build registries', async () => {
    expect(await image('copied-1-1')).toMatchObject({ images: { 'copied-1-1': expect.any(Array) } })
    const message = 'Cannot get repository for image unlisted-1-1 from Pyxis.'
    expect(await image('unlisted-1-1', 400)).toEqual({ error: 'Bad Request', message, status: 400 })
  })

  it.each([
    ['absent-1-1', 'No images found for the specified NVR'],
    ['not an nvr', 'No images found for the specified NVR'],
    ['konflux-1-1', 'No images found for the specified NVR'],
    ['bare-1-1', noContentSets],
    ['old-1-1', refusals.old],
    ['hidden-1-1', refusals.hidden],
    ['unset-1-1', refusals.unset],
    ['off-1-1', refusals.off],
  ])('the image %s cannot be rebuilt: %s', async (nvr, message) => {
    expect(await image(encodeURIComponent(nvr), 400)).toEqual({ error: 'Bad Request', message, status: 400 })
  })

  it('a repository has the published images with one of its tags', async () => {
    expect(await repository('shop/good')).toEqual({
      repository: { auto_rebuild_tags: ['latest'] },
      images: { 'good-1-1': { content_sets: CONTENT_SETS, tags: ['latest', '1'] } },
      msg: 'Found 1 images which are handled by Freshmaker for defined content_sets.',
    })
    expect(Object.keys(await repository('shop/good'))).toEqual(['images', 'msg', 'repository'])
  })

  it.each([
    ['shop/absent', 'Cannot get repository shop/absent from Pyxis.'],
    ['shop/partner', 'Cannot get repository shop/partner from Pyxis.'],
    ['shop/twice', 'Multiple records found in Pyxis for image repository shop/twice.'],
    ['shop/old', refusals.old],
    ['secret/hidden', refusals.hidden],
    ['secret/exception', "No published images tagged by ['latest'] found in repository"],
    ['shop/unset', refusals.unset],
    ['shop/off', refusals.off],
    ['shop/untagged', "No published images tagged by ['latest'] found in repository"],
    ['shop/konflux', "No published images tagged by ['latest'] found in repository"],
    ['shop/bare', noContentSets],
  ])('the images of %s cannot be rebuilt: %s', async (name, message) => {
    expect(await repository(name, 400)).toEqual({ error: 'Bad Request', message, status: 400 })
  })

  it.each(['%00', '%F0%9F%92%A5', '%ff', '%27%22%7B%7D', '__proto__', 'a%2Fb', `${'x'.repeat(5000)}`])(
    'a strange name (%s) is one that does not exist',
    async (name) => {
      expect(await image(name, 400)).toMatchObject({ message: 'No images found for the specified NVR' })
      const { message } = await repository(`${name}/${name}`, 400)
      expect(message).toMatch(/^Cannot get repository .*\/.* from Pyxis\.$/s)
    },
  )
})

describe('what is not known', () => {
  it('is not missing: records of an image that cannot be read are trouble of the catalogue', async () => {
    change('find_images', (record) => ({ ...record, edges: 'odd' }))
    for (const path of ['verify-image/good-1-1', 'verify-image-repository/shop/good'])
      expect(await api.json(`/api/1/${path}`, 502)).toMatchObject({
        error: 'Bad Gateway',
        message: expect.stringMatching(/^pyxis: good-1-1: its record in the catalogue cannot be read/),
      })
  })

  it('costs only itself: the readable records of an image count', async () => {
    change('find_images', (record) =>
      record['architecture'] === 'arm64' ? { ...record, edges: 'odd' } : record,
    )
    expect((await api.json('/api/1/verify-image/good-1-1')).images).toEqual({
      'good-1-1': EL8.contentSets.amd64.toSorted(),
    })
  })

  it('is reported for a record of a repository', async () => {
    change('find_repositories', (record) => ({ ...record, registry: null }))
    for (const path of ['verify-image/good-1-1', 'verify-image-repository/shop/good'])
      expect(await api.json(`/api/1/${path}`, 502)).toMatchObject({
        message: 'pyxis: the record of repository shop/good cannot be read',
      })
  })
})

describe('trouble of the catalogue', () => {
  it.each([
    ['status', 502, 30],
    ['garbage', 502, 30],
    ['hang', 504, 0.5],
  ] as const)('%s is %i', async (kind, status, patience) => {
    const patient = await startApi(lab.urls, `${SETTINGS}requests_timeout: ${patience}\n`)
    lab.world.faults.push({ service: 'pyxis', kind })
    const answer = await patient.json('/api/2/verify-image/good-1-1', status)
    expect(answer.message).toMatch(/^pyxis: /)
    expect(await patient.json('/api/1/verify-image-repository/shop/good', status)).toMatchObject({ status })
    await patient.drop()
  })
})

it.each([
  'verify-image/good-1-1',
  'verify-image/absent-1-1',
  'verify-image-repository/shop/good',
  'verify-image-repository/shop/absent',
])('the answer of %s matches the OpenAPI document', async (path) => {
  const document: ApiDocument = await api.json('/openapi.json')
  const response = await api.request(`/api/1/${path}`)
  const { status, headers } = response
  const answer = { status, headers, text: await response.text() }
  expect(faultOfAnswer(document, 'GET', `/api/1/${path}`, answer)).toBeNull()
})

it('without a catalogue the answer is 503', async () => {
  const { PYXIS_GRAPHQL_URL: _none, ...urls } = lab.urls
  const other = await startApi(urls, SETTINGS)
  try {
    expect(await other.json('/api/1/verify-image/good-1-1', 503)).toMatchObject({
      message: 'The catalogue is not configured (PYXIS_GRAPHQL_URL).',
    })
  } finally {
    await other.drop()
  }
})
