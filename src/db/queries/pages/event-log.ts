/** Reads what happened in an event, in order of time: from its message and its requests to the end of every attempt and build. */
import type { EntityManager } from '../../orm.ts'

/** What may have happened, in this order where it happened at the same moment. Not everyone may read `message` (the inbox) and `request` (the audit). */
export const LOG_KINDS = ['opened', 'message', 'request', 'submitted', 'ended', 'done'] as const
/** One of them. */
export type LogKind = (typeof LOG_KINDS)[number]

/** One thing that happened; `image` is the NVR it is about, null: the event. */
export type LogEntry = {
  at: Date
  kind: LogKind
  image: string | null
  text: string | null
}

const LOG = `
  select at, kind, image, text from (
    select time_created as at, 'opened' as kind, null as image, message_id as text from events where id = :id
    union all
    select received_at, 'message', null, topic from inbox where event_id = :id
    union all
    select a.at, 'request', null, a.action || ' by ' || coalesce(a.who, 'an anonymous caller') || ': ' || a.outcome
           || coalesce(': ' || a.detail, '')
      from audit a where a.event_id = :id or a.subject = :subject
    union all
    select t.began, 'submitted', b.original_nvr, 'task ' || t.task_id
      from build_tries t join artifact_builds b on b.id = t.build_id where b.event_id = :id
    union all
    select t.ended, 'ended', b.original_nvr, coalesce(t.detail, t.state)
      from build_tries t join artifact_builds b on b.id = t.build_id where b.event_id = :id and t.ended is not null
    union all
    select b.time_completed, 'ended', b.original_nvr, b.state_reason from artifact_builds b
     where b.event_id = :id and not exists (
       select from build_tries t where t.build_id = b.id and t.ended >= b.time_completed)
    union all
    select time_done, 'done', null, state_reason from events where id = :id and time_done is not null
  ) happened where at is not null and kind in (:kinds) order by at desc, position(kind in '${LOG_KINDS}') desc, image limit :limit`

/** The newest entries of these kinds, the newest first; `subject` is the event in the audit. */
export async function eventLog(
  em: EntityManager,
  eventId: number,
  { subject, kinds, limit }: { subject: string; kinds: readonly LogKind[]; limit: number },
): Promise<LogEntry[]> {
  const named = { id: eventId, subject, kinds, limit }
  const values: (number | string | readonly string[])[] = []
  const sql = LOG.replace(/:(id|subject|kinds|limit)\b/g, (_whole, name: keyof typeof named) => {
    values.push(named[name])
    return '?'
  })
  const rows = await em.execute<(Omit<LogEntry, 'at'> & { at: string })[]>(sql, values)
  return rows.map((row) => ({ ...row, at: new Date(row.at) }))
}
