/** Images, their RPMs and plan nodes for tests of filters and planning. */
import type { EarlierRebuild } from '../../../src/domain/rebuild/images/earlier-rebuild.ts'
import type {
  BuildSource,
  CatalogueRepository,
  Image,
  InstalledRpm,
} from '../../../src/domain/rebuild/images/image.ts'
import { parseNvr, parseNvra } from '../../../src/domain/rebuild/images/nvr.ts'
import type { Cause } from '../../../src/domain/rebuild/plan/cause.ts'
import { nodeOf, type PlanNode } from '../../../src/domain/rebuild/plan/graph.ts'
import { type Plan, type PlanInput, planBuilds } from '../../../src/domain/rebuild/plan/plan.ts'

/** An RPM from its NVRA: `openssl-1.1.1-2.el8.x86_64`. */
export function rpm(nvra: string): InstalledRpm {
  const { name, nvr, arch } = parseNvra(nvra)
  return { name, nvr, arch, srpmName: name, srpmNvr: nvr }
}

/** An image with one published repository `product/<name>` and the tag `latest`. */
export function image(nvr: string, over: Partial<Image> = {}): Image {
  const { name, version, release } = parseNvr(nvr)
  return {
    nvr,
    name,
    version,
    release,
    arches: ['x86_64'],
    contentSets: ['rhel-8-baseos'],
    parentBrewBuild: null,
    labels: {},
    repositories: [
      { registry: 'registry', repository: `product/${name}`, published: true, tags: ['latest'] },
    ],
    rpms: [rpm('openssl-1.1.1-2.el8.x86_64')],
    ...over,
  }
}

/** A published repository in which `latest` is rebuilt. */
export function repository(name: string, over: Partial<CatalogueRepository> = {}): CatalogueRepository {
  return {
    registry: 'registry',
    repository: name,
    published: true,
    releaseCategories: ['Generally Available'],
    autoRebuildTags: ['latest'],
    ...over,
  }
}

/** The build source of an image with this name. */
export function source(name: string, over: Partial<BuildSource> = {}): BuildSource {
  return {
    kojiBuildId: 1,
    repository: `containers/${name}`,
    commit: 'c0ffee',
    target: 'rhel-8-candidate',
    branch: 'rhel-8',
    arches: null,
    odcsComposeIds: [7],
    parent: null,
    filesystemTaskId: null,
    flatpak: false,
    ...over,
  }
}

/** The cause of an image with an old openssl. */
export function cause(over: Partial<Cause> = {}): Cause {
  return {
    advisory: 'RHSA-2026:1',
    rpms: [{ name: 'openssl', installed: 'openssl-1.1.1-2.el8', wanted: 'openssl-1.1.1-3.el8' }],
    offer: null,
    requested: false,
    ...over,
  }
}

/** Rebuilds by an event of the same advisory, by the NVRs of their originals; their RPMs are unknown. */
export function rebuilds(
  nvrs: Iterable<readonly [string, string]>,
  over: Partial<EarlierRebuild> = {},
): Map<string, EarlierRebuild> {
  return new Map(
    [...nvrs].map(([original, nvr]) => [original, { nvr, fixedRpms: null, isOfSameAdvisory: true, ...over }]),
  )
}

/** A directly affected image that can be built. */
export function node(nvr: string, parentNvr: string | null = null, over: Partial<PlanNode> = {}): PlanNode {
  const { name } = parseNvr(nvr)
  return nodeOf(image(nvr), cause(), { source: source(name), parentNvr, directlyAffected: true, ...over })
}

/** An ancestor that discovery did not find directly. */
export function ancestor(
  nvr: string,
  parentNvr: string | null = null,
  over: Partial<PlanNode> = {},
): PlanNode {
  return node(nvr, parentNvr, { directlyAffected: false, ...over })
}

/** The plan for these nodes, where every build takes a minute. */
export const plan = (nodes: PlanNode[], over: Partial<PlanInput> = {}): Plan =>
  planBuilds({ nodes, durations: new Map(), medianDurationS: 60, ...over })
