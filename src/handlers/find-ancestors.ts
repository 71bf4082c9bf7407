/** Follows affected images up to their bases: every ancestor that lacks the fix must be rebuilt before them (7.5). */
import type { Clients } from '../clients/index.ts'
import type { Context } from '../context.ts'
import { ancestorReason, indexFixed, olderRpms } from '../domain/rebuild/affected-rpms.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import type { Image } from '../domain/rebuild/image.ts'
import type { PlanNode } from '../domain/rebuild/plan-graph.ts'
import { imageText } from '../domain/rebuild/texts.ts'
import { isPublished, sourceOptions } from './find-affected-images.ts'
import { parentOf } from './parent-of.ts'

type Services = { pyxis: NonNullable<Clients['pyxis']>; koji: NonNullable<Clients['koji']> }

/**
 * Asks for one generation at a time, each image once however many children it has. An ancestor that already has the
 * fix, or none of the RPMs, ends its branch: its child is built on it as it is.
 * @returns the ancestors to rebuild; children whose parent the catalogue does not know get an error
 */
export async function findAncestors(
  ctx: Context,
  { pyxis, koji }: Services,
  found: PlanNode[],
  fixedRpms: string[],
): Promise<{ nodes: PlanNode[]; considered: Consideration[] }> {
  const fixed = indexFixed(fixedRpms)
  const rpmNames = [...fixed.keys()]
  const seen = new Set(found.map((node) => node.image.nvr))
  const nodes: PlanNode[] = []
  const considered: Consideration[] = []
  const missing = new Set<string>()
  let generation = found
  while (generation.length > 0) {
    const wanted = unseenParents(generation, seen)
    const images = new Map(
      (await pyxis.imagesByNvrs(wanted, { rpmNames })).map((image) => [image.nvr, image]),
    )
    for (const nvr of wanted) if (!images.has(nvr)) missing.add(nvr)
    const childOf = new Map(generation.map((child) => [child.parentNvr, child.image.nvr]))
    const lacking = [...images.values()].filter((image) => olderRpms(fixed, image.rpms ?? []).length > 0)
    const sources = await koji.buildSources(
      lacking.map((image) => image.nvr),
      sourceOptions(ctx),
    )
    generation = lacking.map((image) => ({
      ...parentOf(image, sources.get(image.nvr)),
      image,
      directlyAffected: false,
      published: isPublished(image),
      why: ancestorReason(childOf.get(image.nvr) ?? '', olderRpms(fixed, image.rpms ?? [])),
    }))
    nodes.push(...generation)
    for (const image of images.values()) if (!lacking.includes(image)) considered.push(enough(image))
  }
  markOrphans([...found, ...nodes], missing)
  return { nodes, considered }
}

function unseenParents(children: PlanNode[], seen: Set<string>): string[] {
  const wanted: string[] = []
  for (const { parentNvr } of children) {
    if (parentNvr === null || seen.has(parentNvr)) continue
    seen.add(parentNvr)
    wanted.push(parentNvr)
  }
  return wanted
}

/** Without its parent's record nobody can tell what the child would be built on. */
function markOrphans(nodes: PlanNode[], missing: ReadonlySet<string>): void {
  for (const child of nodes) {
    if (child.parentNvr === null || !missing.has(child.parentNvr)) continue
    child.error ??= imageText.parentNotFound(child.parentNvr)
    child.parentNvr = null
  }
}

function enough({ nvr }: Image): Consideration {
  const reason = 'images to rebuild are built on it, and it has no RPM older than the fixed ones'
  return { nvr, outcome: 'not-rebuilt', rule: 'ancestor-without-older-rpm', reason }
}
