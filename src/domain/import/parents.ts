/** Parents of imported builds, which may come after their children: Freshmaker's ids do not follow the order of building. */
import type { Comparable, JudgedRows } from './judge-rows.ts'
import type { BuildRow } from './rows.ts'

/** A build whose parent has still to be set. */
export type OpenParent = { id: number; depOnId: number }

/**
 * The new builds, each with its parent if that is here or among them, and the builds whose parents have to be set later: new
 * ones, and builds that an interrupted import left without a parent.
 * @param imported ids of the builds that were imported before these
 */
export function connectParents(
  { fresh, present }: Pick<JudgedRows<BuildRow>, 'fresh' | 'present'>,
  known: readonly Comparable['artifact_builds'][],
  imported: ReadonlySet<number>,
): { fresh: BuildRow[]; open: OpenParent[] } {
  const here = new Set([...fresh, ...present].map(({ id }) => id))
  const orphans = new Set(known.filter(({ depOnId }) => depOnId === null).map(({ id }) => id))
  const open: OpenParent[] = []
  const connected = fresh.map((build) => {
    const { id, depOnId } = build
    if (depOnId === null || here.has(depOnId) || imported.has(depOnId)) return build
    open.push({ id, depOnId })
    return { ...build, depOnId: null }
  })
  for (const { id, depOnId } of present) if (depOnId !== null && orphans.has(id)) open.push({ id, depOnId })
  return { fresh: connected, open }
}

/** Sorts the open parents at the end of the import: builds whose parent has been imported, and builds whose parent never will be. */
export function closeParents(
  open: readonly OpenParent[],
  imported: ReadonlySet<number>,
): { found: OpenParent[]; lost: OpenParent[] } {
  const groups = Object.groupBy(open, ({ depOnId }) => (imported.has(depOnId) ? 'found' : 'lost'))
  return { found: groups.found ?? [], lost: groups.lost ?? [] }
}
