/** Planning: turns the images that need a rebuild into builds to record, in dependency order. Pure and linear. */

import type { Consideration } from '../consideration.ts'
import { nameOnTarget } from '../forecast/experience.ts'
import type { EarlierRebuild } from '../images/earlier-rebuild.ts'
import type { RebuildReason } from '../states.ts'
import { type BuildArgs, initialBuildArgs } from '../submit/build-args.ts'
import type { PullspecOverrides } from '../submit/pullspec-overrides.ts'
import { buildText } from '../texts.ts'
import { rpmsToFix } from './cause.ts'
import { useFixedReleases, useNewerBases } from './choose-parents.ts'
import { childrenIndex, remainingPath, topologicalOrder } from './forest.ts'
import { graphOf, type PlanGraph, type PlanNode, type PlanStep, parentsOf } from './graph.ts'
import { inheritContentSets } from './inherit-content-sets.ts'
import { mergeReleases } from './merge-releases.ts'
import { failAll, failCycles, failUnresolved, keepNeeded, reuseRebuilt } from './passes.ts'
import { accountForBuild, createExplainer } from './reasons.ts'

/** The complete input of planning. */
export type PlanInput = {
  nodes: readonly PlanNode[]
  /** Seconds that builds usually take, by image name and by `nameOnTarget`. */
  durations: ReadonlyMap<string, number>
  /** Seconds assumed for a name without recorded builds. */
  medianDurationS: number
  /** By original NVR, the DONE builds of events this one depends on. */
  rebuiltByDependencies?: ReadonlyMap<string, EarlierRebuild>
  /** The RPMs (NVRs) that the rebuilds of this event must have. */
  fixedRpms?: readonly string[]
  /** Setting `container_released_dependencies_only`: images are only built on releases that are released. */
  releasedDependenciesOnly?: boolean
  /** An earlier plan has chosen among the releases of each image already (decision 0016). */
  releasesMerged?: boolean
  /** Why no image can be built at all; null: they can. */
  error?: string | null
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
  rebuildReason: RebuildReason
  buildArgs: BuildArgs
  /** Null for everything but an operator bundle. */
  pullspecOverrides: PullspecOverrides | null
  /** Seconds from its start to the end of its slowest descendant; 0 when it is not built. */
  remainingPathS: number
  published: boolean | null
  /** Its own or inherited ones (behaviour/freshmaker 7.4, 7.6). */
  contentSets: readonly string[]
  /** Why it is part of the plan. */
  reason: string
  /** Names of its RPMs that lack the fix; null when the catalogue has no RPM list. */
  rpmsToFix: readonly string[] | null
  /** Null when the catalogue has no record. */
  originalArches: readonly string[] | null
}

/** `builds` has parents before children; `considered` has one entry per image that was a node. */
export type Plan = { builds: PlannedBuild[]; considered: Consideration[] }

/** Plans an event. Deterministic: neither the order of `nodes` nor repetition changes the result. */
export function planBuilds(input: PlanInput): Plan {
  const graph = stepsOf(input).reduce((done, step) => step(done), graphOf(input.nodes))
  const parents = parentsOf(graph)
  const children = childrenIndex(parents)
  const order = topologicalOrder(parents, children)
  const failures = failureReasons(order, graph)
  const durationOf = (nvr: string) => {
    const node = graph.nodes.get(nvr)
    if (!node || failures.has(nvr)) return 0
    const { name } = node.image
    const onTarget = input.durations.get(nameOnTarget(name, node.source?.target ?? null))
    return onTarget ?? input.durations.get(name) ?? input.medianDurationS
  }
  const remaining = remainingPath(order, parents, durationOf)
  const explain = createExplainer(graph, children)
  const builds: PlannedBuild[] = []
  const considered = graph.considered.toSorted(byNvr)
  for (const nvr of order) {
    const node = graph.nodes.get(nvr)
    if (!node) continue
    const failure = failures.get(nvr) ?? null
    const explanation = explain(node)
    builds.push({
      ...buildOf(node, graph, failure),
      remainingPathS: remaining.get(nvr) ?? 0,
      reason: explanation.reason,
    })
    considered.push(accountForBuild(node, explanation, failure))
  }
  return { builds, considered }
}

/** The passes in order; a new planning rule is one more line here. */
function stepsOf(input: PlanInput): PlanStep[] {
  return [
    failCycles,
    useNewerBases,
    inheritContentSets,
    ...(input.releasesMerged ? [] : [mergeReleases(input.releasedDependenciesOnly ?? false)]),
    // After the merge: a release that is done replaces older ones.
    reuseRebuilt(input.rebuiltByDependencies ?? new Map(), input.fixedRpms ?? []),
    useFixedReleases,
    inheritContentSets, // again: uniting releases may have given an image its first children
    keepNeeded,
    failUnresolved,
    failAll(input.error ?? null), // last: which images are planned does not depend on it
  ]
}

/** State reasons of the images that cannot be built: their own error, or that a dependency failed. `order` has parents first. */
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
    rebuildReason: rebuildReasonOf(node),
    buildArgs: initialBuildArgs(node.source, parentNvr),
    pullspecOverrides: node.pullspecOverrides,
    published: node.published,
    contentSets: image.contentSets,
    rpmsToFix: rpmsToFix(cause),
    originalArches: image.arches.length > 0 ? image.arches : null,
  } satisfies Partial<PlannedBuild>
}

/** `unknown` for images that are rebuilt by name, as in the original. */
function rebuildReasonOf({ cause, directlyAffected }: PlanNode): RebuildReason {
  if ('branch' in cause) return 'unknown'
  return directlyAffected ? 'directly_affected' : 'dependency'
}

const byNvr = (a: Consideration, b: Consideration) => (a.nvr < b.nvr ? -1 : 1)
