/** Every kind of call to an outside service that rebuilding makes, and whether its address names the requested thing. */
import type { Service } from '../../../lab/fault-rule.ts'
import { sourceUrl } from '../../../lab/services/koji/past.ts'
import type { World } from '../../../lab/world.ts'
import type { Clients } from '../../../src/clients/index.ts'

/** One call. `address`: it names the requested thing, or is fixed: the same for all requests of the kind. */
export type CallRow = {
  service: Service
  name: string
  address: 'thing' | 'fixed'
  /** The operation that fails; all operations of the service when left out. */
  operation?: string
  /** The JSON with which the service itself reports an unknown thing; left out: any page with the status means that. */
  refusal?: object
  /** Statuses that are an answer rather than a failure: the thing does not exist. `thing`: all statuses about the thing. */
  answers?: readonly number[] | 'thing'
  /** A status that hides the thing from our account, which is an answer too. */
  hidden?: number
  /** Faults of the hub that concern one item of an answer, whose reason is returned. `thing`: all faults about a thing. */
  faultAnswers?: readonly number[] | 'thing'
  /** Many calls share one request: a fault of the whole request is trouble, and not about one of them. */
  isBulk?: true
  /** A login comes first, which is not about a thing either: its refusal is trouble with our account. */
  logsIn?: true
  effect?: 'write'
  call: (clients: Required<Clients>, world: World) => Promise<unknown>
}

const ADVISORY = 133001
/** Two builds of the example catalogue. */
export const NVRS = ['nodejs-18-container-1-92', 'ubi8-container-8.9-1028'] as const
const NVR = NVRS[0]
const SOURCES = { imageExtraRepo: {}, supplyArchOverrides: true }
const OFFERED = {
  registry: 'registry.example.com',
  repository: 'rhel8/nodejs-18',
  published: true,
  autoRebuildTags: ['latest'],
  releaseCategories: ['Generally Available'],
}

type Row = [name: string, call: CallRow['call'], fields?: Partial<CallRow>]

const ANY_404 = { answers: [404] }
const OF_ERRATA = { ...ANY_404, refusal: { error: 'not found' } }
const OF_PYXIS = { ...ANY_404, refusal: { detail: 'The requested resource was not found', status: 404 } }
const OF_PRODUCT_PAGES = { ...ANY_404, refusal: { detail: 'Not found.' } }
const OF_ODCS = { ...ANY_404, refusal: { status: 404, error: 'Not Found', message: 'No compose' } }
const OF_JIRA = {
  answers: 'thing',
  hidden: 403,
  refusal: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
} as const

/** Calls whose address names the requested thing. */
const BY_ID: Partial<Record<Service, readonly Row[]>> = {
  errata: [
    ['an advisory', ({ errata }) => errata.summary(ADVISORY), OF_ERRATA],
    ['fixed RPMs', ({ errata }) => errata.fixedRpms(ADVISORY), OF_ERRATA],
    ['Pulp repositories', ({ errata }) => errata.pulpRepoIds(ADVISORY), OF_ERRATA],
  ],
  'pyxis-rest': [
    ['an image', ({ pyxisRest }) => pyxisRest.image(NVR), OF_PYXIS],
    ['rebuilt tags', ({ pyxisRest }) => pyxisRest.autoRebuildTags('registry.example.com', 'ubi8'), OF_PYXIS],
  ],
  'product-pages': [
    [
      'a schedule',
      ({ productPages }) => productPages.availableOpenshift(['4.14'], new Date(0)),
      OF_PRODUCT_PAGES,
    ],
  ],
  'flatpak-index': [
    [
      'images of a module',
      ({ flatpakIndex }) => flatpakIndex.imagesOfModule({ name: 'image-libs', stream: 'rhel8' }),
      ANY_404,
    ],
  ],
  jira: [['an issue', ({ errata }) => errata.advisory(ADVISORY), OF_JIRA]],
  odcs: [['a compose', ({ odcs }) => odcs.getCompose(101), OF_ODCS]],
  koji: [['metadata.json', ({ koji }) => koji.metadataRpms(NVR), { ...ANY_404, operation: 'GET kojifiles' }]],
}

/** Calls with a fixed address. */
const BY_SERVICE: Partial<Record<Service, readonly Row[]>> = {
  pulp: [['content sets', ({ pulp }) => pulp.contentSets(['rhel-8-for-x86_64-baseos-rpms__8'])]],
  odcs: [
    [
      'a request of a compose',
      ({ odcs }) => odcs.requestCompose({ type: 'pulp', source: 'rhel-8-for-x86_64-baseos-rpms' }),
      { effect: 'write' },
    ],
  ],
  'pyxis-rest': [
    ['index images', ({ pyxisRest }) => pyxisRest.indexImages([])],
    ['bundles', ({ pyxisRest }) => pyxisRest.bundlesByDigest(['sha256:1'])],
    ['images by digest', ({ pyxisRest }) => pyxisRest.nvrsOfDigest('sha256:1')],
  ],
  pyxis: [
    ['repositories', ({ pyxis }) => pyxis.findRepositories({ published: true, releaseCategories: null })],
    ['images by NVR', ({ pyxis }) => pyxis.imagesByNvrs([NVR])],
    ['images by name', ({ pyxis }) => pyxis.imagesByNames(['nodejs-18-container'])],
    [
      'images with RPMs',
      ({ pyxis }) =>
        pyxis.imagesWithRpms({
          published: true,
          repositories: [OFFERED],
          rpmNames: ['openssl'],
          contentSets: ['rhel-8-for-x86_64-baseos-rpms'],
        }),
    ],
    ['releases', ({ pyxis }) => pyxis.publishedReleases([{ name: 'nodejs-18-container', version: '1' }])],
  ],
  koji: [
    ['one build', ({ koji }, world) => koji.getBuild(idOf(world)), { faultAnswers: [1000] }],
    ['many builds', ({ koji }) => koji.getBuilds(NVRS), { faultAnswers: 'thing', isBulk: true }],
    [
      'sources of builds',
      ({ koji }) => koji.buildSources(NVRS, SOURCES),
      { faultAnswers: 'thing', isBulk: true },
    ],
    ['builds of modules', ({ koji }) => koji.modules(NVRS), { faultAnswers: 'thing', isBulk: true }],
    [
      'tasks',
      ({ koji }) => koji.taskInfos([60_000_001, 60_000_002]),
      { faultAnswers: 'thing', isBulk: true },
    ],
    ['the end of a task', ({ koji }) => koji.taskOutcome(60_000_001), { isBulk: true }],
    ['listed RPMs', ({ koji }, world) => koji.listedRpms(idOf(world)), { faultAnswers: 'thing' }],
    ['epochs of RPMs', ({ koji }, world) => koji.rpmEpochs([idOf(world)]), { faultAnswers: 'thing' }],
    ['names of RPMs', ({ koji }, world) => koji.rpmNames([idOf(world)]), { faultAnswers: 'thing' }],
    ['labels', ({ koji }, world) => koji.imageLabels(idOf(world))],
    ['tags', ({ koji }) => koji.listTags(NVR)],
    ['the latest build of a tag', ({ koji }) => koji.listTagged('rhel-8-containers-candidate', {})],
    ['our tasks', ({ koji }) => koji.findTasks({ since: new Date(0) }), { logsIn: true }],
    [
      'a submission',
      ({ koji }, world) => koji.submitContainer(submissionOf(world)),
      { effect: 'write', logsIn: true },
    ],
  ],
}

/** All rows. */
export const CALLS: readonly CallRow[] = [
  ...rowsOf(BY_ID, { address: 'thing' }),
  ...rowsOf(BY_SERVICE, { address: 'fixed' }),
]

function rowsOf(table: typeof BY_ID, { address }: Pick<CallRow, 'address'>): CallRow[] {
  const services = Object.keys(table) as Service[] // the keys of a literal object are its type's keys
  return services.flatMap((service) =>
    (table[service] ?? []).map(([name, call, fields]) => ({ service, name, address, call, ...fields })),
  )
}

function idOf(world: World): number {
  return world.koji.buildIds.get(NVR) ?? 0
}

let releases = 0
/** Each is a new rebuild of an image, because the hub refuses to build the same one twice. */
function submissionOf(world: World) {
  const image = world.catalogue.images.find(({ nvr }) => nvr === NVR)
  if (!image) throw new Error(`no image ${NVR}`)
  releases += 1
  return {
    source: sourceUrl(image),
    target: image.target,
    opts: { scratch: false, isolated: true as const, git_branch: image.branch, release: `92.${releases}` },
  }
}
