/** Builds whose task runs in the build system. */
import type { EntityManager } from '../orm.ts'

/** A build whose task ended; `eventTypeId` decides whether its RPMs are verified. */
export type EndedBuild = {
  id: number
  eventId: number
  eventTypeId: number
  searchKey: string
  dryRun: boolean
  rebuiltNvr: string
  taskId: number
}

/** The build that waits for this task; undefined when none does (any more). */
export async function runningBuildOf(em: EntityManager, taskId: number): Promise<EndedBuild | undefined> {
  const sql = `
    select b.id, b.event_id as "eventId", e.event_type_id as "eventTypeId", e.search_key as "searchKey",
           (coalesce(e.dry_run, false) or b.build_id < 0) as "dryRun", b.rebuilt_nvr as "rebuiltNvr", b.build_id as "taskId"
      from artifact_builds b join events e on e.id = b.event_id
     where b.build_id = ? and b.state = 0`
  const [build] = await em.execute<EndedBuild[]>(sql, [taskId])
  return build
}
