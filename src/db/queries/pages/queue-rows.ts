/** How long the oldest due row of each queue has been waiting, and what its jobs wait for; every query is bounded. */
import type { QueueName } from '../../../../queues/catalog.ts'
import type { EntityManager } from '../../orm.ts'
import { BUILDS_WITH_PARENT, buildIs, eventIs, READY } from '../conditions.ts'

/** Planned builds and waits that are looked at: the answer must not depend on how many there are. */
const MAX_ROWS = 20_000

const initialized = (found: string) =>
  `select time_created from events e where ${eventIs('e', 'INITIALIZED')}
     and ${found} (select 1 from event_findings f where f.event_id = e.id) order by e.id limit 1`

/** Of the queues whose work is a row; the rest look after what is running. */
const OLDEST: Partial<Record<QueueName, string>> = {
  intake: `select received_at from inbox where state = 'new' and subject_id is null order by received_at limit 1`,
  discover: initialized('not exists'),
  plan: initialized('exists'),
  submit: `select min(time_submitted) from (select b.time_submitted from ${BUILDS_WITH_PARENT}
     where b.id in (select id from artifact_builds b where ${buildIs('b', 'PLANNED')} order by id limit ${MAX_ROWS}) and ${READY} limit 1000) due`,
  decide: `select received_at from inbox where state = 'new' and subject_id is not null order by id limit 1`,
  publish: `select min(created_at) from (select created_at from outbox where published_at is null limit ${MAX_ROWS}) due`,
}

/** Since when the oldest due row of each queue waits; queues without due rows are left out. */
export async function oldestDue(em: EntityManager): Promise<Map<QueueName, Date>> {
  const names = Object.keys(OLDEST) as QueueName[] // the keys of the table are names of queues
  const sql = names.map((name) => `select '${name}' as queue, (${OLDEST[name]}) as since`).join(' union all ')
  const rows = await em.execute<{ queue: QueueName; since: string | null }[]>(sql)
  return new Map(
    rows.flatMap(({ queue, since }) => (since === null ? [] : [[queue, new Date(since)] as const])),
  )
}

/** What jobs of each queue wait for, most first; `service` null: for a verification. */
export async function waitsOfQueues(
  em: EntityManager,
): Promise<{ queue: string; service: string | null; jobs: number }[]> {
  const sql = `select split_part(job_id, '-', 1) as queue, service, count(*)::int as jobs
    from (select job_id, service from waits limit ${MAX_ROWS}) w group by 1, 2 order by 3 desc`
  return em.execute(sql)
}
