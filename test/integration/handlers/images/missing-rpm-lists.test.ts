/** Images of which the catalogue has the RPM list of one architecture only, and that one has the fix, or no list at all. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EL8, FIXED_OPENSSL } from '../../../../lab/catalogue/streams.ts'
import { memberAt } from '../../../support/lab/mutants.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

let discovery: Discovery
const FIXED = { adds: [...EL8.base, ...FIXED_OPENSSL.el8.slice(1, 2)] }
const REASON = 'could not be judged: the catalogue has no list of its RPMs for x86_64'

beforeAll(async () => {
  discovery = await startDiscovery()
})
afterAll(() => discovery.stop())

/** A catalogue that has lost the lists of these architectures of this image. */
function withoutList(nvr: string, images: readonly SmallImage[], architectures = ['amd64']) {
  discovery.use(smallCatalogue(images))
  discovery.lab.world.mutate = (service, operation, json) => {
    if (service !== 'pyxis' || operation !== 'find_images') return json
    const answer = JSON.parse(JSON.stringify(json)) // the world's own record stays as it is
    for (const record of memberAt(answer, ['data', 'find_images', 'data']) as LostRecord[])
      if (record.brew?.build === nvr && architectures.includes(record.architecture) && record.edges)
        record.edges.rpm_manifest = { error: { status: 404, detail: 'Not found' }, data: null }
    return answer
  }
}
/** The members of a record that are looked at, or changed. */
type LostRecord = { brew?: { build: string }; architecture: string; edges?: { rpm_manifest: unknown } }

it('a requested image is rebuilt, since it may lack the fix', async () => {
  withoutList('app-1-1', [{ nvr: 'app-1-1', ...FIXED }])
  const { plan, why } = await discovery.run({ requestedRebuilds: 'app-1-1' })
  expect(plan.builds.map(({ originalNvr }) => originalNvr)).toEqual(['app-1-1'])
  expect(why.get('app-1-1')?.reason).toContain('or none for an architecture, so it may lack the fix')
})

it('an ancestor could not be judged', async () => {
  withoutList('base-1-1', [
    { nvr: 'base-1-1', ...FIXED, tags: [] },
    { nvr: 'app-1-1', from: 'base-1-1', adds: [EL8.openssl.libs] },
  ])
  const { plan, why } = await discovery.run()
  expect(plan.builds.map(({ originalNvr }) => originalNvr)).toEqual(['app-1-1'])
  expect(why.get('base-1-1')).toMatchObject({
    rule: 'unreadable-rpms',
    reason: expect.stringContaining(REASON),
  })
})

it('nothing is built on a newer release of an ancestor', async () => {
  withoutList('mid-1-6', [
    { nvr: 'mid-1-5', tags: [], repository: 'product/mid' },
    { nvr: 'mid-1-6', tags: [], repository: 'product/mid', ...FIXED },
    { nvr: 'app-1-1', from: 'mid-1-5' },
  ])
  const { plan, why } = await discovery.run()
  expect(plan.builds.map(({ originalNvr }) => originalNvr).toSorted()).toEqual(['app-1-1', 'mid-1-5'])
  expect(why.get('mid-1-6')).toMatchObject({ rule: 'unreadable-rpms', reason: `it ${REASON}` })
})

it.each([
  ['one architecture', ['amd64'], `it ${REASON}`],
  ['all architectures', ['amd64', 'arm64'], 'it could not be judged: the catalogue has no list of its RPMs'],
])(
  'a base image is rebuilt when the lists of %s of its newest release are missing',
  async (_of, lost, reason) => {
    const { file } = discovery.ctx.settings
    const before = [file.update_base_image, file.image_extra_repo] as const
    file.update_base_image = true
    file.image_extra_repo = { 'rock-8': 'http://repo.example.com/el8.repo' }
    const rock = { tags: [], repository: 'product/rock', filesystemTaskId: 77 }
    withoutList(
      'rock-8-3',
      [
        { nvr: 'rock-8-1', ...rock },
        { nvr: 'rock-8-2', ...rock },
        { nvr: 'rock-8-3', ...rock },
        { nvr: 'app-1-1', from: 'rock-8-1' },
      ],
      lost,
    )
    const { plan, why } = await discovery.run()
    file.update_base_image = before[0]
    file.image_extra_repo = before[1]
    expect(plan.builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
      ['rock-8-2', null],
      ['app-1-1', 'rock-8-2'],
    ])
    expect(why.get('rock-8-3')).toMatchObject({ rule: 'unreadable-rpms', reason })
  },
)
