/** The builds of one event as its page shows them: a few columns of many rows. */
import { type BuildState, buildStateName } from '../../../domain/rebuild/states.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import { buildIs, secondsTaken } from '../conditions.ts'

/** A build; `parentId` is the build of the same event that it waits for. */
export type EventBuild = {
  id: number
  name: string
  originalNvr: string | null
  rebuiltNvr: string | null
  state: BuildState
  stateReason: string | null
  parentId: number | null
  /** In the build system; negative: of a dry run. */
  taskId: number | null
  completedAt: Date | null
  /** What its last task took; null: not known. */
  seconds: number | null
  /** Tasks that were submitted for it. */
  attempts: number
  /** Expected seconds of the build and of the longest chain that waits for it; null: not planned yet. */
  remainingPathS: number | null
}

type Row = Omit<EventBuild, 'state' | 'completedAt'> & {
  state: number
  completedAt: string | null
}

/**
 * The recorded attempts, looked up in the index by build: 30 ms for 10,000 builds. Builds from Freshmaker have no records, only the
 * number of failed attempts.
 */
const ATTEMPTS = `
  coalesce(nullif((select count(*) from build_tries t where t.build_id = b.id), 0),
           case when b.build_id is null then 0
                when ${buildIs('b', 'FAILED')} then greatest(b.retry_count, 1)
                else b.retry_count + 1 end)::int`

const BUILDS = `
  select id, name, original_nvr as "originalNvr", rebuilt_nvr as "rebuiltNvr", state, state_reason as "stateReason",
         dep_on_id as "parentId", build_id as "taskId", ${secondsTaken('b')} as seconds,
         time_completed as "completedAt", ${ATTEMPTS} as attempts, remaining_path_s as "remainingPathS"
    from artifact_builds b where event_id = ? order by id`

/** All builds of the event, parents before what is built on them. */
export async function eventBuilds(em: EntityManager, eventId: number): Promise<EventBuild[]> {
  const rows = await em.execute<Row[]>(BUILDS, [eventId])
  return rows.map((row) => ({
    ...row,
    state: buildStateName(row.state) ?? 'FAILED',
    completedAt: dateOrNull(row.completedAt),
  }))
}
