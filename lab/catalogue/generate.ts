/** Generates catalogues of any size, the same for the same seed: for benches and tests with many images. */
import { seededRandom } from '../seeded-random.ts'
import { EXAMPLE_ADVISORIES, PULP_REPOSITORIES } from './advisories.ts'
import type { Catalogue, CatalogueEntry, LabRepository, Rpm } from './entry.ts'
import { exampleCatalogue } from './example.ts'
import { expandRepository, imageLabels, REGISTRY } from './spec.ts'
import { EL8, EL9, FIXED_OPENSSL, rpm, type Stream } from './streams.ts'

/** The properties of a generated catalogue. */
export type GenerateOptions = {
  images: number
  /** Number of levels, including base images. */
  depth: number
  /** Number of package names besides those of the base images. */
  rpmNames: number
  seed: number
  /** Share of base images (and so approximately of all images) with the vulnerable OpenSSL. */
  affectedShare?: number
}

/** Approximate number of images of the next level that are built on each image. */
const FAN_OUT = 3
/** One in this many repositories has rebuilds switched off. */
const SWITCHED_OFF = 20
/** Maximum number of packages that an image adds to those of its parent. */
const MAX_ADDED = 4

/** The advisory that affects the images is 133001, as in the example catalogue. */
export function generateCatalogue(options: GenerateOptions): Catalogue {
  const random = seededRandom(options.seed)
  const pools = new Map([EL8, EL9].map((stream) => [stream, packagePool(stream, options.rpmNames)]))
  const images: CatalogueEntry[] = []
  const repositories: LabRepository[] = []
  let previous: CatalogueEntry[] = []
  for (const size of levelSizes(options.images, options.depth)) {
    const level: CatalogueEntry[] = []
    for (let i = 0; i < size; i += 1) {
      const parent = previous.length > 0 ? pick(previous, random) : null
      const stream = parent ? streamOf(parent) : pick([EL8, EL9], random)
      const added = parent
        ? pickSome(pools.get(stream) ?? [], random)
        : baseRpms(stream, random() < (options.affectedShare ?? 0.25))
      const entry = newEntry(images.length, stream, parent, added)
      const repository = newRepository(entry, random() < 1 / SWITCHED_OFF)
      level.push(entry)
      images.push(entry)
      repositories.push(repository)
    }
    previous = level
  }
  settleOutcomes(images, repositories)
  return {
    ...exampleCatalogue,
    images,
    repositories,
    advisories: EXAMPLE_ADVISORIES,
    pulpRepositories: PULP_REPOSITORIES,
  }
}

/** Sizes of the levels: each is `FAN_OUT` times the previous one, and their sum is the number of images. */
function levelSizes(images: number, depth: number): number[] {
  const weights = Array.from({ length: depth }, (_none, level) => FAN_OUT ** level)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const sizes = weights.map((weight) => Math.max(1, Math.floor((images * weight) / total)))
  const upper = sizes.slice(0, -1).reduce((sum, size) => sum + size, 0)
  return [...sizes.slice(0, -1), Math.max(1, images - upper)]
}

function packagePool(stream: Stream, names: number): Rpm[] {
  return Array.from({ length: names }, (_none, index) =>
    rpm(`package-${index}-1.${index % 40}-${1 + (index % 7)}.${stream.key}`),
  )
}

function baseRpms(stream: Stream, vulnerable: boolean): Rpm[] {
  const fixed = stream === EL8 ? FIXED_OPENSSL.el8 : FIXED_OPENSSL.el9
  const { tool, libs } = stream.openssl
  return [...stream.base, ...(vulnerable ? [tool, libs] : fixed.slice(0, 2))]
}

function newEntry(
  index: number,
  stream: Stream,
  parent: CatalogueEntry | null,
  added: readonly Rpm[],
): CatalogueEntry {
  const name = `image-${index}-container`
  const version = `${1 + (index % 9)}.${index % 10}`
  const release = String(1 + (index % 97))
  const nvr = `${name}-${version}-${release}`
  const inherited = new Set((parent?.rpms ?? []).map((item) => item.name))
  return {
    nvr,
    name,
    version,
    release,
    from: parent?.nvr ?? null,
    parentInPyxis: true,
    contentSets: stream.contentSets,
    labels: imageLabels(name, version, release),
    locations: [
      {
        registry: REGISTRY,
        repository: `generated/image-${index}`,
        published: true,
        tags: ['latest', `${version}-${release}`],
      },
    ],
    rpms: [...(parent?.rpms ?? []), ...added.filter((item) => !inherited.has(item.name))],
    repository: `containers/image-${index}`,
    commit: index.toString(16).padStart(40, '0'),
    branch: stream.branch,
    target: stream.target,
    composeIds: stream.composeIds,
    filesystemTaskId: null,
    konflux: false,
    publishedAt: '2026-09-14T08:00:00+00:00',
    expect: 'left',
    note: 'generated',
  }
}

function newRepository(entry: CatalogueEntry, switchedOff: boolean): LabRepository {
  const repository = entry.locations[0]?.repository ?? entry.repository
  return expandRepository({ repository, autoRebuildTags: switchedOff ? [] : ['latest'] })
}

/** Vulnerable and switched on: rebuilt. Vulnerable, switched off, but an ancestor of a rebuilt one: a dependency. */
function settleOutcomes(images: readonly CatalogueEntry[], repositories: readonly LabRepository[]): void {
  const vulnerable = new Set<Rpm>([EL8.openssl.libs, EL9.openssl.libs])
  const needed = new Set<string>()
  // Children follow their parents, so in reverse order every child is settled before its parent.
  for (let index = images.length - 1; index >= 0; index -= 1) {
    const image = images[index]
    if (!image?.rpms.some((item) => vulnerable.has(item))) continue
    const rebuilt = (repositories[index]?.autoRebuildTags ?? []).length > 0
    if (rebuilt || needed.has(image.nvr)) {
      image.expect = rebuilt ? 'rebuilt' : 'dependency'
      if (image.from !== null) needed.add(image.from)
    }
  }
}

function streamOf(image: CatalogueEntry): Stream {
  return image.contentSets === EL8.contentSets ? EL8 : EL9
}

function pick<T>(list: readonly T[], random: () => number): T {
  const chosen = list[Math.floor(random() * list.length)]
  if (chosen === undefined) throw new Error('Cannot pick from an empty list')
  return chosen
}

function pickSome(pool: readonly Rpm[], random: () => number): Rpm[] {
  if (pool.length === 0) return []
  return Array.from({ length: Math.floor(random() * (MAX_ADDED + 1)) }, () => pick(pool, random))
}
