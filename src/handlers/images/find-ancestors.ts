/** Follows found images up to their base images; rules decide which ancestors are rebuilt before them (behaviour/freshmaker 7.5). */

import { type Consideration, shortList } from '../../domain/rebuild/consideration.ts'
import { absentImages } from '../../domain/rebuild/discover/absent-images.ts'
import { olderRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import { nodeOf, type PlanNode, withError } from '../../domain/rebuild/plan/graph.ts'
import { imageText } from '../../domain/rebuild/texts.ts'
import type { Found, ImageSearch, Services } from './search.ts'
import { type KnownSources, kojiParentOf } from './sources.ts'

/** Decides about ancestors. */
export type AncestorRules = {
  /** The RPMs that `judge` looks at; null: none. */
  rpmNames: readonly string[] | null
  /** Ancestors that become nodes are followed further. */
  judge(images: readonly Image[]): Found
  /** The node for an ancestor that is not in the catalogue; null: what is built on it cannot be built. */
  missing(nvr: string): PlanNode | null
}

/** The rules of an advisory: every ancestor that lacks the fix is rebuilt. */
export function lackingTheFix(search: ImageSearch): AncestorRules {
  return {
    rpmNames: [...search.fixed.keys()],
    judge: (images) => judgeAncestors(images, search),
    missing: () => null,
  }
}

/** The state of the search for ancestors. */
type AncestorSearch = {
  nodes: Map<string, PlanNode>
  considered: Consideration[]
  /** Every NVR that was found or looked up, so that none is looked up twice. */
  seen: Set<string>
  /** Parents without a usable record in the catalogue, and what that means for their children. */
  missing: Map<string, string>
}

/**
 * Goes up one generation at a time and looks up each image once, however many children it has. An ancestor that does not
 * become a node ends its branch: its children are built on it unchanged. The build system is queried for parents that
 * the catalogue does not name, but only when no other parent is left to follow, so that few requests are needed.
 * @returns the found images and the ancestors to rebuild with them
 */
export async function findAncestors(
  services: Services,
  sourcesOf: KnownSources,
  found: readonly PlanNode[],
  rules: AncestorRules,
): Promise<Found> {
  const nvrs = found.map((node) => node.image.nvr)
  const nodes = new Map(found.map((node) => [node.image.nvr, node]))
  const ancestors: AncestorSearch = { nodes, considered: [], seen: new Set(nvrs), missing: new Map() }
  const queried = new Set<string>()
  for (;;) {
    await followCatalogue(services, ancestors, rules)
    const open = [...nodes.values()].filter((node) => node.parentNvr === null && !queried.has(node.image.nvr))
    if (open.length === 0) break
    const sources = await sourcesOf(open.map((node) => node.image.nvr))
    for (const node of open) {
      const { nvr } = node.image
      queried.add(nvr)
      nodes.set(nvr, withParent(node, kojiParentOf(sources.get(nvr))))
    }
  }
  return {
    nodes: [...nodes.values()].map((node) => markOrphan(node, ancestors.missing)),
    considered: ancestors.considered,
  }
}

/** An image whose parent is not known cannot be built on the right one. */
function withParent(node: PlanNode, parent: ReturnType<typeof kojiParentOf>): PlanNode {
  if (parent === null) return node
  return 'nvr' in parent ? { ...node, parentNvr: parent.nvr } : withError(node, parent.error)
}

/** Follows parents until every known one has been looked up in the catalogue. */
async function followCatalogue(
  { pyxis }: Services,
  ancestors: AncestorSearch,
  { rpmNames, judge, missing }: AncestorRules,
): Promise<void> {
  let children = [...ancestors.nodes.values()]
  while (children.length > 0) {
    const wanted = unseenParents(children, ancestors.seen)
    if (wanted.length === 0) return
    const found = await pyxis.imagesByNvrs(wanted, { rpmNames })
    const { nodes, considered } = judge(found.images)
    children = [...nodes]
    for (const nvr of wanted) ancestors.seen.add(nvr)
    for (const { nvr, unreadable } of absentImages(wanted, found)) {
      const node = missing(nvr)
      if (node) children.push(node)
      else ancestors.missing.set(nvr, orphanText(nvr, unreadable))
      if (!node && unreadable) considered.push(unreadable)
    }
    for (const node of children) ancestors.nodes.set(node.image.nvr, node)
    ancestors.considered.push(...considered)
  }
}

function unseenParents(children: readonly PlanNode[], seen: ReadonlySet<string>): string[] {
  const parents = children.flatMap(({ parentNvr }) => parentNvr ?? [])
  return [...new Set(parents)].filter((nvr) => !seen.has(nvr))
}

function judgeAncestors(images: readonly Image[], { fixed, advisory }: ImageSearch): Found {
  const nodes: PlanNode[] = []
  const considered: Consideration[] = []
  for (const image of images) {
    const rpms = olderRpms(fixed, image.rpms ?? [])
    if (rpms.length === 0) considered.push(builtOnUnchanged(image))
    else nodes.push(nodeOf(image, { advisory, rpms, offer: null, requested: false }))
  }
  return { nodes, considered }
}

function builtOnUnchanged({ nvr, rpms, unreadableRpms = 0, archesWithoutRpms = [] }: Image): Consideration {
  if (unreadableRpms > 0) {
    const reason = `images to rebuild are built on it, but it could not be judged: ${unreadableRpms} of its RPM records cannot be read`
    return { nvr, outcome: 'not-rebuilt', rule: 'unreadable-rpms', reason }
  }
  if (archesWithoutRpms.length > 0) {
    const reason = `images to rebuild are built on it, but it could not be judged: the catalogue has no list of its RPMs for ${shortList(archesWithoutRpms)}`
    return { nvr, outcome: 'not-rebuilt', rule: 'unreadable-rpms', reason }
  }
  const because =
    rpms === null ? 'the catalogue has no list of its RPMs' : 'it has no RPM older than the fixed ones'
  const reason = `images to rebuild are built on it, but ${because}`
  const installed = [...new Set((rpms ?? []).map((rpm) => rpm.nvr))]
  return { nvr, outcome: 'not-rebuilt', rule: 'ancestor-without-older-rpm', reason, details: { installed } }
}

/** Without the record of its parent, it is unknown what the child would be built on (behaviour/freshmaker 7.5). */
function markOrphan(node: PlanNode, missing: ReadonlyMap<string, string>): PlanNode {
  const error = node.parentNvr === null ? undefined : missing.get(node.parentNvr)
  return error === undefined ? node : { ...withError(node, error), parentNvr: null }
}

function orphanText(parentNvr: string, unreadable: Consideration | null): string {
  if (unreadable === null) return imageText.parentNotFound(parentNvr)
  return imageText.notResolved(`its parent is ${parentNvr}: ${unreadable.reason}`)
}
