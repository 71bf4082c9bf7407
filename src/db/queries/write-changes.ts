/** Writes what the state machine decided to the rows of an event and its builds. */
import { eventStateId } from '../../domain/event.ts'
import { buildStateId, isTerminalBuildState, isTerminalEventState } from '../../domain/rebuild/states.ts'
import type { BuildChange, Change, EventChange } from '../../domain/rebuild/transition/facts.ts'
import type { EntityManager } from '../orm.ts'

const EVENT = `
  update events set state = ?, state_reason = ?, time_done = coalesce(?::timestamptz, time_done) where id = ?`

const BUILD = `
  update artifact_builds
     set state = ?, state_reason = ?,
         time_completed = coalesce(?::timestamptz, time_completed),
         build_id = coalesce(?::int, build_id),
         task_submitted_at = coalesce(?::timestamptz, task_submitted_at),
         build_args = case when ?::int is null then build_args
                           else (coalesce(build_args, '{}')::jsonb || jsonb_build_object('retry_count', ?::int))::text end,
         retry_count = coalesce(?::int, retry_count),
         submit_after = ?::timestamptz,
         failure_detail = coalesce(?::text, failure_detail),
         verification_note = coalesce(?::text, verification_note),
         submit_claim = case when ?::boolean then submit_claim end,
         submit_claim_until = case when ?::boolean then submit_claim_until end
   where id = ?`

const DURATION = `
  insert into build_durations (name, target, seconds, recorded_at)
  select name, target, greatest(1, round(extract(epoch from ?::timestamptz - task_submitted_at)))::int, ?::timestamptz
    from artifact_builds where id = ? and task_submitted_at is not null`

const BEGIN_TRY = `
  insert into build_tries (build_id, task_id, began) values (?, ?, ?) on conflict (build_id, task_id) do nothing`

const END_TRY = `
  update build_tries set ended = coalesce(ended, ?), state = ?, detail = ?
   where build_id = ? and (ended is null or detail is null)`

/** Applies the changes in order; the caller holds the event's lock. A build that is done leaves its duration. */
export async function writeChanges(
  em: EntityManager,
  eventId: number,
  changes: Change[],
  now: Date,
): Promise<void> {
  for (const change of changes) {
    if (change.target === 'event') await writeEvent(em, eventId, change, now)
    else await writeBuild(em, change, now)
  }
}

async function writeEvent(em: EntityManager, id: number, { to, reason }: EventChange, now: Date) {
  const timeDone = isTerminalEventState(to) ? now : null
  await em.execute(EVENT, [eventStateId(to), reason, timeDone, id])
}

async function writeBuild(em: EntityManager, change: BuildChange, now: Date) {
  const { id, from, to, reason, patch } = change
  const completed = isTerminalBuildState(to) && from !== to ? now : null
  const submitted = patch.taskId === undefined ? null : now
  const retryCount = patch.retryCount ?? null
  const submitAfter = patch.submitAfterS ? new Date(now.getTime() + patch.submitAfterS * 1000) : null
  const values = [completed, patch.taskId ?? null, submitted, retryCount, retryCount, retryCount, submitAfter]
  // A submission that is under way may still create a task: its claim shows until when to wait for that.
  const keepsClaim = from === 'PLANNED' && to === 'CANCELED'
  const notes = [patch.detail ?? null, patch.note ?? null, keepsClaim, keepsClaim]
  await em.execute(BUILD, [buildStateId(to), reason, ...values, ...notes, id])
  await writeTry(em, change, now)
  if (to === 'DONE') await em.execute(DURATION, [now, now, id])
}

/** A try begins with its task and ends when the build leaves BUILD; one that is canceled gets its detail later. */
async function writeTry(em: EntityManager, { id, from, to, reason, patch }: BuildChange, now: Date) {
  if (patch.taskId !== undefined) await em.execute(BEGIN_TRY, [id, patch.taskId, now])
  const hasEnded = (from === 'BUILD' && to !== 'BUILD') || (from === 'CANCELED' && reason !== null)
  if (hasEnded) await em.execute(END_TRY, [now, to, patch.detail ?? reason, id])
}
