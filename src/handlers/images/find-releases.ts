/** Finds published releases that can replace ancestors: fixed releases and newer base images (behaviour/freshmaker 7.8 steps 7, 8). */

import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { compareReleases } from '../../domain/rebuild/discover/compared-release.ts'
import {
  chooseFixedRelease,
  dropIncomplete,
  dropUnreadable,
  indexReleases,
  newerReleases,
  type ReleaseRules,
} from '../../domain/rebuild/discover/fixed-release.ts'
import { dropHotfixes } from '../../domain/rebuild/discover/image-filter.ts'
import { type FixedIndex, olderRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import { nodeOf, type PlanNode } from '../../domain/rebuild/plan/graph.ts'
import type { OriginState } from '../../domain/rebuild/submit/origins.ts'
import type { DiscoveryContext, Found, ImageSearch, Services } from './search.ts'
import type { KnownSources } from './sources.ts'

/** How many more releases of each ancestor are read per round, newest first, until one with the fix is found. */
const ROUNDS = [1, 5, Number.POSITIVE_INFINITY]

type Rules = ReleaseRules & { advisory: string; fixed: FixedIndex; kojiStates: Map<string, OriginState> }

/**
 * Lists the releases of all ancestors at once, then reads the RPMs of the newer ones in rounds: usually either the
 * newest has the fix or none has it.
 * @returns the same nodes, ancestors with their possible replacements, and newly added base images
 */
export async function findReleases(
  ctx: DiscoveryContext,
  { services, sourcesOf }: { services: Services; sourcesOf: KnownSources },
  nodes: readonly PlanNode[],
  search: ImageSearch,
): Promise<Found> {
  const ancestors = nodes.filter((node) => !node.directlyAffected)
  if (ancestors.length === 0) return { nodes: [...nodes], considered: [] }
  const rules = {
    advisory: search.advisory,
    fixed: search.fixed,
    compared: compareReleases(search.fixed),
    contentSets: search.contentSets ?? [],
    buildRegistries: new Set(ctx.settings.file.image_build_repository_registries),
    kojiStates: new Map<string, OriginState>(),
  }
  const { releases, unreadable } = await readReleases(services, ancestors, rules)
  const bases = ctx.settings.file.update_base_image
    ? await basesAmong(sourcesOf, ancestors)
    : new Set<string>()
  const newer = newerThan(ancestors, releases)
  await lookUpBuilds(services, rules, () =>
    ancestors.map((node) => newerBaseOf(node, newer, bases, rules)?.nvr),
  )
  const judged = judgeReleases(nodes, newer, bases, rules)
  return { ...judged, considered: [...judged.considered, ...unreadable] }
}

/**
 * Newer releases with their RPMs; for each ancestor either all or those down to the newest with the fix. `unreadable`:
 * releases that could not be judged.
 */
async function readReleases(
  services: Services,
  ancestors: readonly PlanNode[],
  rules: Rules,
): Promise<{ releases: Image[]; unreadable: Consideration[] }> {
  const { pyxis } = services
  const listed = await pyxis.publishedReleases(ancestors.map((node) => node.image))
  const newer = newerThan(ancestors, listed.images)
  const unreadable = [...listed.withoutBuild]
  const read = new Map<string, Image>()
  let open = ancestors
  for (const count of ROUNDS) {
    const unread = (node: PlanNode) => (newer.get(node.image.nvr) ?? []).filter(({ nvr }) => !read.has(nvr))
    const wanted = open.flatMap((node) => unread(node).slice(0, count)).map(({ nvr }) => nvr)
    const found = await pyxis.imagesByNvrs(wanted, { rpmNames: [...rules.fixed.keys()] })
    for (const image of found.images) read.set(image.nvr, image)
    unreadable.push(...found.withoutBuild)
    const known = newerThan(open, [...read.values()])
    await lookUpBuilds(services, rules, () =>
      open.map((node) => fixedReleaseOf(node, known, rules).fixedRelease),
    )
    open = open.filter((node) => fixedReleaseOf(node, known, rules).fixedRelease === null)
  }
  return { releases: [...read.values()], unreadable }
}

/**
 * Looks up the builds of all releases that `choose` names, and of those it then names in place of the ones that are not complete,
 * until all are known: hardly ever more than one request.
 */
async function lookUpBuilds(
  { koji }: Services,
  { kojiStates }: Rules,
  choose: () => (string | null | undefined)[],
): Promise<void> {
  for (;;) {
    const chosen = new Set(choose().filter((nvr) => typeof nvr === 'string'))
    const unknown = [...chosen].filter((nvr) => !kojiStates.has(nvr))
    if (unknown.length === 0) return
    const builds = await koji.getBuilds(unknown)
    for (const nvr of unknown) kojiStates.set(nvr, builds.get(nvr)?.state ?? null)
  }
}

function fixedReleaseOf(node: PlanNode, newer: ReadonlyMap<string, readonly Image[]>, rules: Rules) {
  const releases = newer.get(node.image.nvr) ?? []
  return chooseFixedRelease(node.image, node.groupRepositories, releases, rules)
}

/** Newer releases of each ancestor, newest first. */
function newerThan(
  ancestors: readonly PlanNode[],
  releases: readonly Image[],
): ReadonlyMap<string, readonly Image[]> {
  const index = indexReleases(releases)
  return new Map(ancestors.map(({ image }) => [image.nvr, newerReleases(image, index)]))
}

/** Ancestors that are base images, made from a filesystem; only the build system knows that. */
async function basesAmong(sourcesOf: KnownSources, ancestors: readonly PlanNode[]): Promise<Set<string>> {
  const parentless = ancestors.filter((node) => node.parentNvr === null).map((node) => node.image.nvr)
  const sources = await sourcesOf(parentless)
  return new Set(
    parentless.filter((nvr) => {
      const source = sources.get(nvr)
      return source !== undefined && !('error' in source) && source.filesystemTaskId !== null
    }),
  )
}

function judgeReleases(
  nodes: readonly PlanNode[],
  newer: ReadonlyMap<string, readonly Image[]>,
  bases: ReadonlySet<string>,
  rules: Rules,
): Found {
  const known = new Set(nodes.map((node) => node.image.nvr))
  const added = new Map<string, PlanNode>()
  const considered: Consideration[] = []
  const judged = nodes.map((node) => {
    const { fixedRelease, ...choice } = fixedReleaseOf(node, newer, rules)
    considered.push(...choice.considered)
    const base = newerBaseOf(node, newer, bases, rules)
    if (!base) return { ...node, fixedRelease }
    const rpms = olderRpms(rules.fixed, base.rpms ?? [])
    if (rpms.length > 0 && !known.has(base.nvr)) {
      const cause = { advisory: rules.advisory, rpms, offer: null, requested: false }
      added.set(base.nvr, nodeOf(base, cause, { parentNvr: null }))
    }
    return { ...node, newerBase: base.nvr }
  })
  return { nodes: [...judged, ...added.values()], considered }
}

/** The newest release of a base image that has no fixed one; undefined for any other image, or without such a release. */
function newerBaseOf(
  node: PlanNode,
  newer: ReadonlyMap<string, readonly Image[]>,
  bases: ReadonlySet<string>,
  rules: Rules,
): Image | undefined {
  const { nvr } = node.image
  if (!bases.has(nvr) || fixedReleaseOf(node, newer, rules).fixedRelease !== null) return undefined
  const isComplete = dropIncomplete(rules.kojiStates)
  return newer.get(nvr)?.find((release) => canReplace(release) && isComplete(release).kept)
}

/** False for hotfixes, and for unreadable releases, which may lack the fix that the rebuild of the older release is certain to have. */
function canReplace(release: Image): boolean {
  return dropHotfixes(release).kept && dropUnreadable(release).kept
}
