/** The traces that a job belongs to, read from its rows: so a job that was lost and is swept again continues the same trace. */
import type { Payload, QueueName } from '../../../queues/catalog.ts'
import type { Trace } from '../../domain/message.ts'
import { MAX_LINKS } from '../../lib/tracing/carrier.ts'
import type { EntityManager } from '../orm.ts'
import { buildIs } from './conditions.ts'

type Query = { sql: string; values: unknown[] }

const OF_EVENT = 'select trace from events where id = ?'
const OF_BUILD = `
  select coalesce(b.trace, e.trace) as trace from artifact_builds b left join events e on e.id = b.event_id where`
const WAITING = "state = 'new' order by id"

/** The rows whose traces a job of each queue continues with; null: none. */
const ORIGINS: { [N in QueueName]: (payload: Payload<N>) => Query | null } = {
  intake: ({ inboxId }) => ({ sql: 'select trace from inbox where id = ?', values: [inboxId] }),
  discover: ({ eventId }) => ({ sql: OF_EVENT, values: [eventId] }),
  plan: ({ eventId }) => ({ sql: OF_EVENT, values: [eventId] }),
  submit: ({ buildId }) => ({ sql: `${OF_BUILD} b.id = ?`, values: [buildId] }),
  poll: () => ({
    sql: `select e.trace from events e where exists (
            select 1 from artifact_builds b where b.event_id = e.id and ${buildIs('b', 'BUILD')})`,
    values: [],
  }),
  transition: (report) => {
    if (report.kind === 'recheck') return { sql: OF_EVENT, values: [report.eventId] }
    if (report.kind === 'cancel-due' || report.kind === 'surplus-due')
      return { sql: `${OF_BUILD} b.id = ?`, values: [report.buildId] }
    if (report.kind === 'task-reported') return { sql: `${OF_BUILD} b.build_id = ?`, values: [report.taskId] }
    return {
      sql: `select distinct on (e.id) e.trace from composes c join artifact_build_composes l on l.compose_id = c.id
              join artifact_builds b on b.id = l.build_id join events e on e.id = b.event_id
             where c.odcs_compose_id = ? order by e.id`,
      values: [report.odcsComposeId],
    }
  },
  decide: ({ subjectId }) => ({
    sql: `select trace from inbox where subject_id = ? and ${WAITING}`,
    values: [subjectId],
  }),
  publish: ({ eventId, subjectId }) =>
    subjectId === undefined
      ? { sql: OF_EVENT, values: [eventId] }
      : {
          sql: 'select trace from outbox where subject_id = ? and published_at is null order by id',
          values: [subjectId],
        },
  sweep: () => null,
}

/** The traces of the rows that a job is about, oldest first; rows that were written without one are left out. */
export async function tracesOfJob<N extends QueueName>(
  em: EntityManager,
  queue: N,
  payload: Payload<N>,
): Promise<Trace[]> {
  const queryOf = ORIGINS[queue] as (payload: Payload<N>) => Query | null // TypeScript does not relate entry and payload
  const query = queryOf(payload)
  if (!query) return []
  const rows = await em.execute<{ trace: Trace | null }[]>(`${query.sql} limit ${MAX_LINKS}`, query.values)
  return rows.flatMap(({ trace }) => (trace ? [trace] : []))
}
