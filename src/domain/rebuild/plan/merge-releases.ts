/** Rebuilds only one of several releases of an image; the children of the rest are built on it (behaviour/freshmaker 7.6). */
import { groupKey } from '../images/image-group.ts'
import { rpmvercmp } from '../images/rpm-version.ts'
import { isBuildable, type PlanGraph, type PlanNode, type PlanStep } from './graph.ts'
import { type NodeReplacement, replaceNodes } from './replace-image.ts'

/**
 * Replaces the releases of each image group by one: the highest that was found as released, or else the highest. It
 * replaces lower releases; with `releasedOnly` also higher ones, as these are not released. A release that cannot be
 * built never replaces another.
 */
export function mergeReleases(releasedOnly: boolean): PlanStep {
  return (graph) => {
    const replaced = new Map<string, NodeReplacement>()
    for (const group of groupsOf(graph)) {
      const reference = referenceOf(group)
      if (!reference) continue
      for (const member of releasedOnly ? group : group.slice(0, group.indexOf(reference)))
        if (member !== reference) replaced.set(member.image.nvr, replacementBy(reference, member))
    }
    return replaceNodes(graph, replaced)
  }
}

/**
 * Image groups with more than one release, each sorted from the lowest release up. Releases of a bundle are bundles of
 * their own: each is the latest in another channel. So are releases of a flatpak: the index lists the latest only.
 */
export function groupsOf({ nodes }: PlanGraph): PlanNode[][] {
  const grouped = [...nodes.values()].filter((node) => node.pullspecOverrides === null && !node.modules)
  const groups = Map.groupBy(grouped, (node) => groupKey(node.image, node.groupRepositories))
  return [...groups.values()].filter((group) => group.length > 1).map((group) => group.sort(byRelease))
}

/** If any was found as released, only released ones are eligible, even if none of these can be built (decision 0092). */
function referenceOf(group: readonly PlanNode[]): PlanNode | undefined {
  const released = group.filter((node) => node.latestReleased)
  return (released.length > 0 ? released : group).findLast(isBuildable)
}

function replacementBy(reference: PlanNode, member: PlanNode): NodeReplacement {
  const { nvr } = reference.image
  const isHigher = byRelease(member, reference) > 0
  const reason = isHigher
    ? `${nvr} is rebuilt instead: it is released, and ${member.image.nvr} is not`
    : `${nvr} is rebuilt instead: it is a newer release of the same image, ${reference.image.release} instead of ${member.image.release}`
  const details = { repositories: reference.groupRepositories, released: reference.latestReleased }
  return { to: nvr, rule: isHigher ? 'unreleased' : 'newer-release', reason, details }
}

/** Members of a group differ only in the release; releases that RPM considers equal (`1.0`, `1_0`) sort by their text. */
function byRelease(a: PlanNode, b: PlanNode): number {
  return rpmvercmp(a.image.release, b.image.release) || (a.image.release < b.image.release ? -1 : 1)
}
