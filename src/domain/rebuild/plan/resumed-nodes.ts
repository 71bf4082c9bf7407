/** Turns the builds of a resumed event back into images to plan, with the decisions that its plan has made (decision 0016). */
import type { Consideration } from '../consideration.ts'
import { type PlanNode, withNodes } from './graph.ts'
import { inheritContentSets } from './inherit-content-sets.ts'

/** A build of the resumed event, as planning needs it. */
export type ResumedBuild = {
  originalNvr: string
  /** What it was to be built on: the original NVR of its parent build, else the NVR of an existing image. */
  parentNvr: string | null
  /** `chosen`: planned again. `done`: its rebuild is used. `left`: neither. */
  role: 'chosen' | 'done' | 'left'
  /** Its plan already said that it cannot be built, or what it was to be built from is gone: what is known about it is not enough. */
  needsNewPlan: boolean
}

/** What discovery found: by the resumed event (`known`), or by another discovery now (`fresh`). */
type Found = { nodes: readonly PlanNode[]; considered: readonly Consideration[] }

/** The builds that can be planned only after discovery has run again. */
export function needDiscovery(builds: readonly ResumedBuild[], known: readonly PlanNode[]): ResumedBuild[] {
  const nvrs = new Set(known.map(({ image }) => image.nvr))
  return builds.filter(
    ({ role, needsNewPlan, originalNvr }) => role === 'chosen' && (needsNewPlan || !nvrs.has(originalNvr)),
  )
}

/**
 * The images of the new plan: those that are built again, on the parents that the resumed event had chosen, and those that
 * are done, which planning replaces by their rebuilds. Builds that need a new plan are taken from `fresh`, with the
 * ancestors that they need; those that `fresh` does not list need no rebuild any more.
 */
export function resumedNodes(
  builds: readonly ResumedBuild[],
  known: readonly PlanNode[],
  fresh: Found = { nodes: [], considered: [] },
): { nodes: PlanNode[]; considered: Consideration[] } {
  const decided = decidedNodes(builds, known)
  const freshByNvr = new Map(fresh.nodes.map((node) => [node.image.nvr, node]))
  const nodes = new Map<string, PlanNode>()
  const considered: Consideration[] = []
  const rediscovered = new Set(needDiscovery(builds, known))
  const reasons = new Map(fresh.considered.map((image) => [image.nvr, image]))
  for (const build of builds) {
    const node = decided.get(build.originalNvr)
    if (build.role === 'left') considered.push(notResumed(build.originalNvr))
    else if (node && !rediscovered.has(build)) nodes.set(build.originalNvr, node)
  }
  for (const build of rediscovered) {
    const node = freshByNvr.get(build.originalNvr)
    if (node) addWithAncestors(parentKept(node, build, decided.get(build.originalNvr)))
    else considered.push(reasons.get(build.originalNvr) ?? notFoundAnew(build.originalNvr))
  }
  return { nodes: [...nodes.values()], considered }

  function addWithAncestors(node: PlanNode): void {
    let next: PlanNode | undefined = node
    while (next && !nodes.has(next.image.nvr)) {
      nodes.set(next.image.nvr, next)
      next = next.parentNvr === null ? undefined : freshByNvr.get(next.parentNvr)
    }
  }
}

/** All known nodes on their final parents; nothing replaces them any more. */
function decidedNodes(
  builds: readonly ResumedBuild[],
  known: readonly PlanNode[],
): ReadonlyMap<string, PlanNode> {
  const graph = {
    nodes: new Map(known.map((node) => [node.image.nvr, { ...node, fixedRelease: null, newerBase: null }])),
    considered: [],
  }
  const moved = builds.flatMap(({ originalNvr, parentNvr, needsNewPlan }): [string, PlanNode][] => {
    const node = graph.nodes.get(originalNvr)
    return node && !needsNewPlan ? [[originalNvr, { ...node, parentNvr }]] : []
  })
  return inheritContentSets(withNodes(graph, new Map(moved))).nodes
}

/** If discovery finds the same parent as before, the parent that planning had substituted for it is kept. */
function parentKept(fresh: PlanNode, { parentNvr }: ResumedBuild, known: PlanNode | undefined): PlanNode {
  return parentNvr !== null && known?.parentNvr === fresh.parentNvr ? { ...fresh, parentNvr } : fresh
}

function notFoundAnew(nvr: string): Consideration {
  const reason = 'it failed in an earlier event, and discovery no longer finds it'
  return notRebuilt(nvr, 'not-found-anew', reason)
}

function notResumed(nvr: string): Consideration {
  return notRebuilt(
    nvr,
    'not-resumed',
    'the event that is resumed has not built it, and it is not among the builds to resume',
  )
}

function notRebuilt(nvr: string, rule: string, reason: string): Consideration {
  return { nvr, outcome: 'not-rebuilt', rule, reason }
}
