/** An image over all events: its newest builds, what it was built on and what was built on it. */
import { type BuildState, buildStateName } from '../../../domain/rebuild/states.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import { isDryRun, secondsTaken } from '../conditions.ts'

/**
 * A build of the image; `seconds` that its task took, null where that is not known. In a dry run nothing was
 * built, although the build ends DONE.
 */
export type ImageBuild = {
  id: number
  eventId: number | null
  searchKey: string | null
  originalNvr: string | null
  rebuiltNvr: string | null
  state: BuildState
  stateReason: string | null
  taskId: number | null
  createdAt: Date
  completedAt: Date | null
  seconds: number | null
  parentName: string | null
  isDryRun: boolean
}

type Row = Omit<ImageBuild, 'state' | 'createdAt' | 'completedAt'> & {
  state: number
  createdAt: string
  completedAt: string | null
}

const HISTORY = `
  select b.id, b.event_id as "eventId", e.search_key as "searchKey", b.original_nvr as "originalNvr",
         b.rebuilt_nvr as "rebuiltNvr", b.state, b.state_reason as "stateReason", b.build_id as "taskId",
         b.time_submitted as "createdAt", b.time_completed as "completedAt", p.name as "parentName",
         ${isDryRun('b', 'e')} as "isDryRun",
         ${secondsTaken('b')} as seconds
    from artifact_builds b left join events e on e.id = b.event_id left join artifact_builds p on p.id = b.dep_on_id
   where b.name = ? order by b.id desc limit ?`

/** The newest builds of a name, the newest first. */
export async function imageHistory(em: EntityManager, name: string, limit: number): Promise<ImageBuild[]> {
  if (name.includes('\0')) return []
  const rows = await em.execute<Row[]>(HISTORY, [name, limit])
  return rows.map((row) => ({
    ...row,
    state: buildStateName(row.state) ?? 'FAILED',
    createdAt: new Date(row.createdAt),
    completedAt: dateOrNull(row.completedAt),
  }))
}

/** Names of the images that were built on these builds, in alphabetical order. */
export async function childNames(em: EntityManager, buildIds: readonly number[]): Promise<string[]> {
  if (buildIds.length === 0) return []
  const sql = 'select distinct name from artifact_builds where dep_on_id in (?) order by name limit 500'
  const rows = await em.execute<{ name: string }[]>(sql, [[...buildIds]])
  return rows.map(({ name }) => name)
}
