/** Reads what happened to builds, beyond their own columns: their attempts, and why they failed. */
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'

/** One task that was submitted for a build; `state` is the build's after it, null while it runs. */
export type AttemptRecord = {
  taskId: number
  began: Date
  ended: Date | null
  state: string | null
  detail: string | null
}

/** A build as `why` shows it in addition to the reason of its image. */
export type BuildOutcome = {
  id: number
  originalNvr: string
  state: number
  stateReason: string | null
  failureDetail: string | null
  verificationNote: string | null
}

/** All attempts of a build, the first one first. */
export async function attemptsOfBuild(em: EntityManager, buildId: number): Promise<AttemptRecord[]> {
  const sql = `select task_id as "taskId", began, ended, state, detail from build_tries where build_id = ? order by id`
  const rows = await em.execute<
    (Omit<AttemptRecord, 'began' | 'ended'> & { began: string; ended: string | null })[]
  >(sql, [buildId])
  return rows.map((row) => ({
    ...row,
    began: new Date(row.began),
    ended: dateOrNull(row.ended),
  }))
}

/** Why the last attempt of a build failed, and what its check found; undefined for an unknown build. */
export async function outcomeOfBuild(em: EntityManager, buildId: number): Promise<BuildOutcome | undefined> {
  const [row] = await em.execute<BuildOutcome[]>(`${OUTCOME} where id = ?`, [buildId])
  return row
}

/** The builds of an event for these images, by original NVR. */
export async function outcomesByNvr(
  em: EntityManager,
  eventId: number,
  nvrs: readonly string[],
): Promise<Map<string, BuildOutcome>> {
  if (nvrs.length === 0) return new Map()
  const rows = await em.execute<BuildOutcome[]>(`${OUTCOME} where event_id = ? and original_nvr in (?)`, [
    eventId,
    [...nvrs],
  ])
  return new Map(rows.map((row) => [row.originalNvr, row]))
}

const OUTCOME = `
  select id, original_nvr as "originalNvr", state, state_reason as "stateReason",
         failure_detail as "failureDetail", verification_note as "verificationNote" from artifact_builds`
