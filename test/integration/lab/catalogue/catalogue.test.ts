/** The catalogues: the service's own rules give each image the outcome that its entry declares. */
import { describe, expect, it } from 'vitest'
import { type Catalogue, type CatalogueEntry, KOJI_ARCH } from '../../../../lab/catalogue/entry.ts'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { generateCatalogue } from '../../../../lab/catalogue/generate.ts'
import { expandImages } from '../../../../lab/catalogue/spec.ts'
import { EL8, rpm } from '../../../../lab/catalogue/streams.ts'
import { createWorld } from '../../../../lab/world.ts'
import { compareReleases } from '../../../../src/domain/rebuild/discover/compared-release.ts'
import {
  chooseFixedRelease,
  indexReleases,
  newerReleases,
  type ReleaseRules,
} from '../../../../src/domain/rebuild/discover/fixed-release.ts'
import {
  dropHotfixes,
  dropOtherContentSets,
  filterImages,
} from '../../../../src/domain/rebuild/discover/image-filter.ts'
import {
  dropUnoffered,
  indexRepositories,
} from '../../../../src/domain/rebuild/discover/repository-filter.ts'
import { rpmFilters } from '../../../../src/domain/rebuild/discover/rpm-filter.ts'
import {
  type FixedIndex,
  indexFixed,
  olderRpms,
} from '../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image, InstalledRpm } from '../../../../src/domain/rebuild/images/image.ts'
import { repositoryNames } from '../../../../src/domain/rebuild/images/image-group.ts'
import { nodeOf, type PlanNode } from '../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../src/domain/rebuild/plan/plan.ts'
import { cause, source } from '../../../support/rebuild/planned-images.ts'

const CRITICAL = 133001

function installed(entry: CatalogueEntry): InstalledRpm[] {
  return entry.rpms.map(({ name, version, release, source }) => ({
    name,
    nvr: `${name}-${version}-${release}`,
    arch: 'x86_64',
    srpmName: source,
    srpmNvr: `${source}-${version}-${release}`,
  }))
}

function domainImage(entry: CatalogueEntry): Image {
  const { nvr, name, version, release, labels } = entry
  return {
    nvr,
    name,
    version,
    release,
    arches: Object.values(KOJI_ARCH),
    contentSets: [...entry.contentSets.amd64, ...entry.contentSets.arm64],
    parentBrewBuild: entry.from,
    labels,
    repositories: entry.locations.map((location) => ({ ...location, tags: [...location.tags] })),
    rpms: installed(entry),
  }
}

function fixedBy(catalogue: Catalogue, id: number): FixedIndex {
  const advisory = catalogue.advisories.find((candidate) => candidate.id === id)
  const rpms = (advisory?.builds ?? []).flatMap((build) => build.rpms)
  return indexFixed(rpms.map((rpm) => `${rpm.name}-${rpm.version}-${rpm.release}`))
}

/** The outcomes according to the service's own filters and planner. */
function judge(catalogue: Catalogue, id: number): Map<string, { outcome: string; rule?: string }> {
  const fixed = fixedBy(catalogue, id)
  const advisory = catalogue.advisories.find((candidate) => candidate.id === id)
  const contentSets = (advisory?.pulpRepositories ?? []).map((repo) => catalogue.pulpRepositories[repo] ?? '')
  const repositories = catalogue.repositories
    .filter(({ vendorLabel }) => vendorLabel === 'redhat')
    .map((repository) => ({
      ...repository,
      releaseCategories: [...repository.releaseCategories],
      autoRebuildTags: repository.autoRebuildTags && [...repository.autoRebuildTags],
    }))
  const query = {
    published: true,
    releaseCategories: ['Generally Available', 'Tech Preview', 'Beta'],
    unpublishedExceptions: [],
  }
  const images = catalogue.images.filter((entry) => !entry.konflux).map(domainImage)
  const { kept, considered } = filterImages(images, [
    dropUnoffered(indexRepositories(repositories, query), new Set()),
    dropHotfixes,
    ...rpmFilters(fixed),
    dropOtherContentSets(contentSets),
  ])
  const found = new Set(kept.map(({ nvr }) => nvr))
  const nodes = nodesOf(catalogue, images, found, fixed, {
    compared: compareReleases(fixed),
    contentSets,
    buildRegistries: new Set(),
  })
  const plan = planBuilds({ nodes, durations: new Map(), medianDurationS: 1 })
  const outcomes = new Map<string, { outcome: string; rule?: string }>()
  const decided = plan.considered.filter(({ rule }) => rule !== 'unneeded-ancestor')
  for (const { nvr, rule } of [...considered, ...decided]) outcomes.set(nvr, { outcome: 'left', rule })
  for (const { originalNvr, rebuildReason } of plan.builds)
    outcomes.set(originalNvr, { outcome: rebuildReason === 'dependency' ? 'dependency' : 'rebuilt' })
  return outcomes
}

/** The images without the fix, as the planner's input; it drops those that nothing needs. */
function nodesOf(
  catalogue: Catalogue,
  images: Image[],
  found: ReadonlySet<string>,
  fixed: FixedIndex,
  rules: ReleaseRules,
): PlanNode[] {
  const bases = new Set(
    catalogue.images.flatMap((entry) => (entry.filesystemTaskId === null ? [] : [entry.nvr])),
  )
  const index = indexReleases(images)
  return images.flatMap((image) => {
    const rpms = olderRpms(fixed, image.rpms ?? [])
    if (rpms.length === 0) return []
    const newer = newerReleases(image, index)
    const { fixedRelease } = chooseFixedRelease(image, repositoryNames(image.repositories), newer, rules)
    const [newest] = bases.has(image.nvr) && !fixedRelease ? newer : []
    const directlyAffected = found.has(image.nvr)
    const facts = {
      fixedRelease,
      newerBase: newest?.nvr ?? null,
      directlyAffected,
      latestReleased: directlyAffected,
    }
    return [nodeOf(image, cause({ rpms }), { source: source(image.name), ...facts })]
  })
}

describe('the example catalogue', () => {
  const judged = judge(exampleCatalogue, CRITICAL)

  it.each(exampleCatalogue.images.map((entry) => [entry.nvr, entry.expect, entry.note] as const))(
    '%s is %s: %s',
    (nvr, expected) => {
      expect(judged.get(nvr)?.outcome ?? 'left').toBe(expected)
    },
  )

  it('rebuilds about 30 of about 50 images, on four levels, in two streams', () => {
    const { images } = exampleCatalogue
    const rebuilt = images.filter((entry) => entry.expect !== 'left')
    expect(images.length).toBeGreaterThanOrEqual(50)
    expect(rebuilt.length).toBeGreaterThanOrEqual(30)
    const parents = new Map(images.map((entry) => [entry.nvr, entry.from]))
    const depth = (nvr: string): number => 1 + (parents.get(nvr) ? depth(parents.get(nvr) ?? '') : 0)
    expect(Math.max(...rebuilt.map(({ nvr }) => depth(nvr)))).toBe(4)
    expect(new Set(rebuilt.map(({ branch }) => branch)).size).toBe(2)
  })

  it('has decoys that are excluded for many different reasons', () => {
    const rules = [...judged.values()].flatMap(({ rule }) => rule ?? [])
    expect(new Set(rules)).toEqual(
      new Set([
        ...['auto-rebuild-tag', 'hotfix', 'rpm-names', 'rpm-version', 'modularity', 'content-sets'],
        ...['newer-release', 'fixed-release', 'newer-base'],
      ]),
    )
    const notes = exampleCatalogue.images.filter(({ expect }) => expect === 'left').map(({ note }) => note)
    expect(new Set(notes).size).toBe(notes.length)
  })

  it('has an advisory that affects no image', () => {
    expect([...judge(exampleCatalogue, 133003).values()].every(({ outcome }) => outcome === 'left')).toBe(
      true,
    )
  })

  it('is refused when a parent does not precede its child', () => {
    const spec = { stream: EL8, repository: 'x', expect: 'left', note: '' } as const
    const child = { ...spec, nvr: 'child-container-1-1', from: 'base-container-1-1' }
    const base = { ...spec, nvr: 'base-container-1-1', from: null, adds: [rpm('bash-1-1.el8')] }
    expect(expandImages([base, child])[1]?.rpms).toEqual(base.adds)
    expect(() => expandImages([child, base])).toThrow('child-container-1-1: its parent base-container-1-1')
  })
})

describe('a generated catalogue', () => {
  const options = { images: 1000, depth: 5, rpmNames: 200, seed: 7 }

  it('is the same for the same seed, and differs for another seed', () => {
    const nvrsAndParents = (seed: number) =>
      generateCatalogue({ ...options, seed }).images.map(({ nvr, from, rpms }) => [nvr, from, rpms.length])
    expect(nvrsAndParents(7)).toEqual(nvrsAndParents(7))
    expect(nvrsAndParents(7)).not.toEqual(nvrsAndParents(8))
  })

  it('has the requested number of images and levels, and each image has a parent on the level above', () => {
    const { images } = generateCatalogue(options)
    expect(images).toHaveLength(1000)
    expect(new Set(images.map(({ nvr }) => nvr)).size).toBe(1000)
    const depths = new Map<string, number>()
    for (const { nvr, from } of images)
      depths.set(nvr, from === null ? 1 : (depths.get(from) ?? Number.NaN) + 1)
    expect(Math.max(...depths.values())).toBe(5)
  })

  it('declares the outcomes that the filters of the service produce', () => {
    const catalogue = generateCatalogue(options)
    const judged = judge(catalogue, CRITICAL)
    const wrong = catalogue.images.filter((entry) => judged.get(entry.nvr)?.outcome !== entry.expect)
    expect(wrong.map(({ nvr }) => nvr)).toEqual([])
    const rebuilt = catalogue.images.filter((entry) => entry.expect === 'rebuilt').length
    expect(rebuilt).toBeGreaterThan(100)
    expect(rebuilt).toBeLessThan(600)
  })

  it('of 100,000 images takes less than a gigabyte, including its builds and tasks', () => {
    const before = process.memoryUsage().rss
    const world = createWorld(generateCatalogue({ ...options, images: 100_000 }))
    expect(world.koji.tasks.size).toBe(100_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(1e9)
  })
})
