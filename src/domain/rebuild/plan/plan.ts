/** Planning: from the images that need a rebuild to the builds that are recorded, in dependency order. Pure and linear. */

import type { Consideration } from '../consideration.ts'
import type { RebuildReason } from '../states.ts'
import { type BuildArgs, initialBuildArgs } from '../submit/build-args.ts'
import { buildText } from '../texts.ts'
import { useFixedReleases, useNewerBases } from './choose-parents.ts'
import { childrenIndex, remainingPath, topologicalOrder } from './forest.ts'
import { graphOf, type PlanGraph, type PlanNode, type PlanStep, parentsOf } from './graph.ts'
import { inheritContentSets } from './inherit-content-sets.ts'
import { failCycles, failUnresolved, keepNeeded, reuseRebuilt } from './passes.ts'
import { accountForBuild, reasonTeller } from './reasons.ts'
import { uniteReleases } from './unite-releases.ts'

/** Everything planning needs to know; nothing else is asked. */
export type PlanInput = {
  nodes: readonly PlanNode[]
  /** Seconds that earlier builds took, by image name. */
  durations: ReadonlyMap<string, number>
  /** Seconds assumed for a name that was never built. */
  medianDurationS: number
  /** Original NVR -> rebuilt NVR of DONE builds in events this one depends on. */
  rebuiltByDependencies?: ReadonlyMap<string, string>
  /** Setting `container_released_dependencies_only`: images are never built on a release that is not released. */
  releasedDependenciesOnly?: boolean
}

/** A build to record. */
export type PlannedBuild = {
  originalNvr: string
  name: string
  /** Original NVR of the build in this plan that must be DONE first. */
  depOn: string | null
  state: 'PLANNED' | 'FAILED'
  /** Null for PLANNED. */
  stateReason: string | null
  rebuildReason: Extract<RebuildReason, 'directly_affected' | 'dependency'>
  buildArgs: BuildArgs
  /** Seconds from its start to the end of its slowest descendant; 0 when it is not built. */
  remainingPathS: number
  published: boolean | null
  /** Its own, or those it inherits (behaviour/freshmaker 7.4, 7.6). */
  contentSets: readonly string[]
  /** Why it is part of the plan. */
  reason: string
  /** Names of its RPMs that lack the fix; null when the catalogue has no list of them. */
  rpmsToFix: readonly string[] | null
}

/** `builds` has parents before children; `considered` has one entry for every image that was a node. */
export type Plan = { builds: PlannedBuild[]; considered: Consideration[] }

/** Plans an event. The result is the same for every order of `nodes`, and planning again gives it again. */
export function planBuilds(input: PlanInput): Plan {
  const graph = stepsOf(input).reduce((done, step) => step(done), graphOf(input.nodes))
  const parents = parentsOf(graph)
  const children = childrenIndex(parents)
  const order = topologicalOrder(parents, children)
  const failures = failureReasons(order, graph)
  const durationOf = (nvr: string) => {
    const name = graph.nodes.get(nvr)?.image.name ?? ''
    return failures.has(nvr) ? 0 : (input.durations.get(name) ?? input.medianDurationS)
  }
  const remaining = remainingPath(order, parents, durationOf)
  const reasonOf = reasonTeller(graph, children)
  const builds: PlannedBuild[] = []
  const considered = graph.considered.toSorted(byNvr)
  for (const nvr of order) {
    const node = graph.nodes.get(nvr)
    if (!node) continue
    const failure = failures.get(nvr) ?? null
    const why = reasonOf(node)
    builds.push({
      ...buildOf(node, graph, failure),
      remainingPathS: remaining.get(nvr) ?? 0,
      reason: why.reason,
    })
    considered.push(accountForBuild(node, why, failure))
  }
  return { builds, considered }
}

/** The passes in their order; a new rule of planning is one more of them. */
function stepsOf({ rebuiltByDependencies, releasedDependenciesOnly }: PlanInput): PlanStep[] {
  return [
    reuseRebuilt(rebuiltByDependencies ?? new Map()),
    failCycles,
    useNewerBases,
    inheritContentSets,
    uniteReleases(releasedDependenciesOnly ?? false),
    useFixedReleases,
    inheritContentSets, // an image may have got its first children by now
    keepNeeded,
    failUnresolved,
  ]
}

/** Texts of the images that cannot be built: their own error, or that of an ancestor. `order` has parents first. */
function failureReasons(order: readonly string[], { nodes }: PlanGraph): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  for (const nvr of order) {
    const node = nodes.get(nvr)
    if (node?.error) reasons.set(nvr, node.error)
    else if (node?.parentNvr && reasons.has(node.parentNvr)) reasons.set(nvr, buildText.dependencyEnded)
  }
  return reasons
}

function buildOf(node: PlanNode, { nodes }: PlanGraph, failure: string | null) {
  const { image, parentNvr, cause } = node
  return {
    originalNvr: image.nvr,
    name: image.name,
    depOn: parentNvr !== null && nodes.has(parentNvr) ? parentNvr : null,
    state: failure === null ? 'PLANNED' : 'FAILED',
    stateReason: failure,
    rebuildReason: node.directlyAffected ? 'directly_affected' : 'dependency',
    buildArgs: initialBuildArgs(node.source, parentNvr),
    published: node.published,
    contentSets: image.contentSets,
    rpmsToFix: cause.rpms.length > 0 ? [...new Set(cause.rpms.map((rpm) => rpm.name))] : null,
  } satisfies Partial<PlannedBuild>
}

const byNvr = (a: Consideration, b: Consideration) => (a.nvr < b.nvr ? -1 : 1)
