/** Writes what the state machine decided to the rows of an event and its builds. */
import { eventStateId } from '../../domain/event.ts'
import { buildStateId, isTerminalBuildState, isTerminalEventState } from '../../domain/rebuild/states.ts'
import type { BuildChange, Change, EventChange } from '../../domain/rebuild/transition/facts.ts'
import { shortened } from '../../lib/shortened.ts'
import { storableText } from '../../lib/storable.ts'
import type { EntityManager } from '../orm.ts'

const EVENT = `
  update events set state = ?, state_reason = ?, time_done = coalesce(?::timestamptz, time_done) where id = ?`

/** The columns of a change, as `rowOf` makes it. */
const ROWS = `
  jsonb_to_recordset(?::jsonb) as d (id int, state int, name text, reason text, completed timestamptz, task int,
    submitted timestamptz, retries int, submit_after timestamptz, detail text, note text, seconds float8,
    drops_detail boolean, keeps_claim boolean)`

const BUILDS = `
  update artifact_builds b
     set state = d.state, state_reason = d.reason,
         time_completed = coalesce(d.completed, b.time_completed),
         build_id = coalesce(d.task, b.build_id),
         task_submitted_at = coalesce(d.submitted, b.task_submitted_at),
         build_args = case when d.retries is null then b.build_args
                           else (coalesce(b.build_args, '{}')::jsonb || jsonb_build_object('retry_count', d.retries))::text end,
         retry_count = coalesce(d.retries, b.retry_count),
         submit_after = d.submit_after,
         failure_detail = coalesce(d.detail, case when not d.drops_detail then b.failure_detail end),
         verification_note = coalesce(d.note, b.verification_note),
         submit_claim = case when d.keeps_claim then b.submit_claim end,
         submit_claim_until = case when d.keeps_claim then b.submit_claim_until end
    from ${ROWS} where b.id = d.id`

/** By the clock of the build system where it reports that: we may notice the end long after, as when no worker has run. */
const DURATIONS = `
  insert into build_durations (name, target, seconds, recorded_at)
  select b.name, b.target,
         greatest(1, round(coalesce(d.seconds, extract(epoch from ?::timestamptz - b.task_submitted_at))))::int, ?::timestamptz
    from artifact_builds b join ${ROWS} on d.id = b.id
   where b.id in (?) and b.task_submitted_at is not null and b.build_id > 0`

const BEGIN_ATTEMPTS = `
  insert into build_tries (build_id, task_id, began)
  select d.id, d.task, ? from ${ROWS} on conflict (build_id, task_id) do nothing`

/** PostgreSQL cannot know how many rows JSON has: only the separate ids make it use the index of attempts instead of reading all of them. */
const END_ATTEMPTS = `
  update build_tries t set ended = coalesce(t.ended, ?), state = d.name, detail = coalesce(d.detail, d.reason)
    from ${ROWS} where t.build_id in (?) and t.build_id = d.id and (t.ended is null or t.detail is null)`

/**
 * Applies the changes in order, those of different builds in few statements; the caller holds the event's lock. A build
 * that is done leaves its duration, unless its task was that of a dry run.
 */
export async function writeChanges(
  em: EntityManager,
  eventId: number,
  changes: readonly Change[],
  now: Date,
): Promise<void> {
  for (const run of runsOf(changes)) await writeBuilds(em, run, now)
  for (const change of changes) if (change.target === 'event') await writeEvent(em, eventId, change, now)
}

/** The changes of builds, in runs that change no build twice. */
function runsOf(changes: readonly Change[]): BuildChange[][] {
  const runs: BuildChange[][] = []
  const changed = new Set<number>() // by the last run
  for (const change of changes) {
    if (change.target === 'event') continue
    if (runs.length === 0 || changed.has(change.id)) {
      runs.push([])
      changed.clear()
    }
    runs.at(-1)?.push(change)
    changed.add(change.id)
  }
  return runs
}

async function writeEvent(em: EntityManager, id: number, { to, reason }: EventChange, now: Date) {
  const timeDone = isTerminalEventState(to) ? now : null
  await em.execute(EVENT, [eventStateId(to), kept(reason), timeDone, id])
}

async function writeBuilds(em: EntityManager, changes: BuildChange[], now: Date) {
  await em.execute(BUILDS, [rowsOf(changes, now)])
  const begun = changes.filter(({ patch }) => patch.taskId !== undefined)
  if (begun.length > 0) await em.execute(BEGIN_ATTEMPTS, [now, rowsOf(begun, now)])
  const ended = changes.filter(endsAttempt)
  if (ended.length > 0) await em.execute(END_ATTEMPTS, [now, rowsOf(ended, now), ended.map(({ id }) => id)])
  const done = changes.filter(({ to }) => to === 'DONE')
  if (done.length > 0) await em.execute(DURATIONS, [now, now, rowsOf(done, now), done.map(({ id }) => id)])
}

/** An attempt begins with its task and ends when the build leaves BUILD; one that is canceled gets its detail later. */
function endsAttempt({ from, to, reason }: BuildChange): boolean {
  return (from === 'BUILD' && to !== 'BUILD') || (from === 'CANCELED' && reason !== null)
}

function rowsOf(changes: readonly BuildChange[], now: Date): string {
  return JSON.stringify(changes.map((change) => rowOf(change, now)))
}

function rowOf({ id, from, to, reason, patch }: BuildChange, now: Date) {
  return {
    id,
    state: buildStateId(to),
    name: to,
    reason: reason && kept(reason),
    completed: isTerminalBuildState(to) && from !== to ? now : undefined,
    task: patch.taskId,
    submitted: patch.taskId === undefined ? undefined : now,
    retries: patch.retryCount,
    submit_after: patch.submitAfterS ? new Date(now.getTime() + patch.submitAfterS * 1000) : undefined,
    detail: patch.detail && kept(patch.detail),
    note: patch.note && kept(patch.note),
    seconds: patch.seconds,
    // The failure of an earlier attempt is not the reason why the build ends now; that attempt keeps it.
    drops_detail: isTerminalBuildState(to) && from !== to,
    // A submission that is under way may still create a task: its claim shows until when to wait for that.
    keeps_claim: from === 'PLANNED' && to !== 'BUILD',
  }
}

/** The texts come from outside: an error of a service, the output of a build, or a list of thousands of RPMs. */
function kept(text: string): string {
  return storableText(shortened(text))
}
