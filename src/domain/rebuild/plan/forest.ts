/** The dependency graph of a plan: a forest of NVRs, each pointing at its parent. Every function here is linear. */
import { compareByName, tryParseNvr } from '../images/nvr.ts'

/** Each node and the node it depends on; a parent that is not itself a node counts as none. */
export type Parents = ReadonlyMap<string, string | null>

/** Nodes by the node they are built on. */
export type Children = ReadonlyMap<string, readonly string[]>

/** Nodes by the node they are built on, in the order of `parents`; nodes without children are left out. */
export function childrenIndex(parents: Parents): Children {
  const children = new Map<string, string[]>()
  for (const [node, parent] of parents) {
    if (parent === null || !parents.has(parent)) continue
    const siblings = children.get(parent)
    if (siblings) siblings.push(node)
    else children.set(parent, [node])
  }
  return children
}

/** The members of every cycle, each list starting at its first NVR and following the parents. */
export function findCycles(parents: Parents): string[][] {
  const cycles: string[][] = []
  const walkOf = new Map<string, number>()
  let walk = 0
  for (const start of parents.keys()) {
    walk += 1
    const path: string[] = []
    let node: string | null = start
    while (node !== null && parents.has(node) && !walkOf.has(node)) {
      walkOf.set(node, walk)
      path.push(node)
      node = parents.get(node) ?? null
    }
    // The walk returned to a node of its own path: the path is a cycle from there on.
    if (node !== null && walkOf.get(node) === walk) cycles.push(fromFirst(path.slice(path.indexOf(node))))
  }
  return cycles
}

/**
 * All nodes, each after its parent: by distance from the base, then by NVR. The input order does not matter. Throws if
 * there is a cycle, because then no such order exists: check with `findCycles` first.
 */
export function topologicalOrder(parents: Parents, children = childrenIndex(parents)): string[] {
  const order: string[] = []
  let level = [...parents]
    .filter(([, parent]) => parent === null || !parents.has(parent))
    .map(([node]) => node)
  while (level.length > 0) {
    const sorted = sortByNvr(level)
    for (const node of sorted) order.push(node)
    level = sorted.flatMap((node) => children.get(node) ?? [])
  }
  if (order.length < parents.size) throw new Error(`Images form a cycle: ${findCycles(parents).join('; ')}`)
  return order
}

/**
 * For each node the seconds from its start to the end of its slowest descendant, its own build included. Ready builds
 * start in descending order of this number. `order` must have parents first.
 */
export function remainingPath(
  order: readonly string[],
  parents: Parents,
  durationOf: (node: string) => number,
): ReadonlyMap<string, number> {
  const longestBelow = new Map<string, number>()
  const remaining = new Map<string, number>()
  for (const node of order.toReversed()) {
    const path = durationOf(node) + (longestBelow.get(node) ?? 0)
    remaining.set(node, path)
    const parent = parents.get(node) ?? null
    if (parent !== null) longestBelow.set(parent, Math.max(path, longestBelow.get(parent) ?? 0))
  }
  return remaining
}

/** By name, then older first; entries that are not NVRs and equal versions (`1.0`, `1_0`) sort by their text. */
function sortByNvr(nodes: readonly string[]): string[] {
  const parsed = nodes.map((nvr) => ({
    nvr,
    key: tryParseNvr(nvr) ?? { name: nvr, epoch: null, version: '', release: '' },
  }))
  parsed.sort((a, b) => compareByName(a.key, b.key) || (a.nvr < b.nvr ? -1 : 1))
  return parsed.map(({ nvr }) => nvr)
}

function fromFirst(cycle: readonly string[]): string[] {
  const first = cycle.indexOf(sortByNvr(cycle)[0] ?? '')
  return [...cycle.slice(first), ...cycle.slice(0, first)]
}
