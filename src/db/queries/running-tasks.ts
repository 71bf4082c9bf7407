/** Builds whose task runs in the build system, and how many tasks are in flight, for the limits on them. */
import { storableJson } from '../../lib/storable.ts'
import { lockUntilCommit } from '../locks.ts'
import type { EntityManager } from '../orm.ts'
import { idArray } from '../values.ts'
import { BUILDS_WITH_PARENT, buildIs, isDryRun, NOT_DELAYED, READY } from './conditions.ts'

/** A build whose task ended; `eventTypeId` decides whether its RPMs are verified. */
export type BuildOfEndedTask = {
  id: number
  eventId: number
  eventTypeId: number
  searchKey: string
  dryRun: boolean
  rebuiltNvr: string
  taskId: number
  /** RPMs that the original image has and that lack the fix; null: not known. */
  rpmsToFix: string[] | null
  /** Architectures of the original image; null: not known. */
  originalArches: string[] | null
  /** The rebuild of its parent that it was to be built on; null: none in this event. */
  parentNvr: string | null
}

/** The running builds among those of the table or CTE `builds`. */
const runningOf = (builds: string): string => `
  select b.id, b.event_id as "eventId", e.event_type_id as "eventTypeId", e.search_key as "searchKey",
         ${isDryRun('b', 'e')} as "dryRun", b.rebuilt_nvr as "rebuiltNvr", b.build_id as "taskId",
         b.rpms_to_fix as "rpmsToFix", b.original_arches as "originalArches",
         (select p.rebuilt_nvr from artifact_builds p where p.id = b.dep_on_id) as "parentNvr"
    from ${builds} b join events e on e.id = b.event_id
   where ${buildIs('b', 'BUILD')}`
const RUNNING = runningOf('artifact_builds')

/** Materialized here and below: otherwise the planner would combine it with an index of states and read all builds in the state. */
const OF_TASK = `with of_task as materialized (select * from artifact_builds where build_id = ?) ${runningOf('of_task')}`

/** The build that waits for this task; undefined when none does (any more). */
export async function runningBuildOf(
  em: EntityManager,
  taskId: number,
): Promise<BuildOfEndedTask | undefined> {
  const [build] = await em.execute<BuildOfEndedTask[]>(OF_TASK, [taskId])
  return build
}

/** The original images of the planned builds that wait for this one. */
export async function originalsOfChildren(em: EntityManager, buildId: number): Promise<string[]> {
  const sql = `with children as materialized (select * from artifact_builds where dep_on_id = ?)
    select distinct b.original_nvr as nvr from children b
     where ${buildIs('b', 'PLANNED')} and b.original_nvr is not null`
  const rows = await em.execute<{ nvr: string }[]>(sql, [buildId])
  return rows.map(({ nvr }) => nvr)
}

/** The builds of an event whose tasks run, as far as is known here. */
export function runningBuildsOf(em: EntityManager, eventId: number): Promise<BuildOfEndedTask[]> {
  return em.execute<BuildOfEndedTask[]>(`${RUNNING} and b.event_id = ? and b.build_id is not null`, [eventId])
}

/** The tasks among these that are the last one of a build here, running or not. */
export async function tasksOfBuilds(
  em: EntityManager,
  taskIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const sql = 'select build_id as id from artifact_builds where build_id = any(?::int[])'
  const rows = await em.execute<{ id: number }[]>(sql, [idArray(taskIds)])
  return new Set(rows.map(({ id }) => id))
}

/** The tasks among these that belong to other builds, by their last or an earlier attempt. */
export async function tasksOfOtherBuilds(
  em: EntityManager,
  buildId: number,
  taskIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (taskIds.length === 0) return new Set()
  const sql = `
    select build_id as id from artifact_builds where id <> ? and build_id = any(?::int[])
     union select task_id from build_tries where build_id <> ? and task_id = any(?::int[])`
  const list = idArray(taskIds)
  const rows = await em.execute<{ id: number }[]>(sql, [buildId, list, buildId, list])
  return new Set(rows.map(({ id }) => id))
}

/** The tasks among these that belong to any build, by its last or an earlier attempt. */
export function tasksOfAnyAttempt(
  em: EntityManager,
  taskIds: readonly number[],
): Promise<ReadonlySet<number>> {
  return tasksOfOtherBuilds(em, 0, taskIds) // no build has this id
}

/** Ids of all running tasks; those of dry runs are negative and not among them. */
export async function runningTaskIds(em: EntityManager): Promise<number[]> {
  const sql = `select b.build_id as id from artifact_builds b where ${buildIs('b', 'BUILD')} and b.build_id > 0 order by 1`
  const rows = await em.execute<{ id: number }[]>(sql)
  return rows.map(({ id }) => id)
}

/** A build `b` that takes a slot: its task runs, or its submission is under way; takes the current time. */
const IN_FLIGHT = `((${buildIs('b', 'BUILD')} and b.build_id > 0)
                    or (${buildIs('b', 'PLANNED')} and b.submit_claim_until > ?))`

/** Stands for the target of builds without one. */
export const NO_TARGET = ''

/** Running tasks and claims under way by target, of every event. */
export async function tasksInFlightByTarget(em: EntityManager, now: Date): Promise<Map<string, number>> {
  const sql = `select coalesce(b.target, '${NO_TARGET}') as target, count(*)::int as tasks from artifact_builds b
    where ${IN_FLIGHT} group by 1`
  const rows = await em.execute<{ target: string; tasks: number }[]>(sql, [now])
  return new Map(rows.map(({ target, tasks }) => [target, tasks]))
}

/** How many tasks are on each target, and how many may be; `spare`: builds to name beyond that. */
type RoomOn = { used: ReadonlyMap<string, number>; each: number; spare: number }

const STARTABLE = `from ${BUILDS_WITH_PARENT} where ${READY} and ${NOT_DELAYED} and b.submit_claim is null`

/** Builds that their target has room for come before the spare ones, which would otherwise take the slots of other targets. */
const READY_BY_TARGET = `
  select r.id from (
    select b.id, b.remaining_path_s as path, coalesce(b.target, '${NO_TARGET}') as target,
           row_number() over (partition by b.target order by b.remaining_path_s desc, b.id) as nth ${STARTABLE}) r
    left join jsonb_to_recordset(?::jsonb) as t (target text, room int) on t.target = r.target
    cross join lateral (select coalesce(t.room, ?::int) as room) f
   where f.room > 0 and r.nth <= f.room + ?::int order by r.nth > f.room, r.path desc, r.id limit ?`

/**
 * At most `limit` builds that can start now and that no run has claimed, longest remaining path first; of each target as many as there
 * is room for (null: any number).
 */
export async function readyBuilds(
  em: EntityManager,
  { limit, roomOn, now }: { limit: number; roomOn: RoomOn | null; now: Date },
): Promise<number[]> {
  const rows = roomOn
    ? await em.execute<{ id: number }[]>(READY_BY_TARGET, [
        now,
        storableJson(roomOf(roomOn, limit)),
        roomOn.each,
        roomOn.spare,
        limit,
      ])
    : await em.execute<{ id: number }[]>(
        `select b.id ${STARTABLE} order by b.remaining_path_s desc, b.id limit ?`,
        [now, limit],
      )
  return rows.map(({ id }) => id)
}

/** Builds without a target have any number of slots. */
function roomOf({ used, each }: RoomOn, limit: number): { target: string; room: number }[] {
  const onTargets = [...used].map(([target, tasks]) => ({ target, room: each - tasks }))
  return [...onTargets.filter(({ target }) => target !== NO_TARGET), { target: NO_TARGET, room: limit }]
}

/** A new task id for a dry run, below every one in use; the first is -2 (behaviour/freshmaker 8.6). Held until commit. */
export async function nextDryRunTaskId(em: EntityManager): Promise<number> {
  await lockUntilCommit(em, 'dryRunTaskId')
  const sql = 'select least(-1, min(build_id)) - 1 as "taskId" from artifact_builds'
  const [row] = await em.execute<{ taskId: number }[]>(sql)
  return row?.taskId ?? -2
}
