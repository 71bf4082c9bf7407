/** Counts what the jobs of each queue wait for. */
import type { EntityManager } from '../../orm.ts'

/** Waits that are looked at: the answer must not depend on how many there are. */
const MAX_ROWS = 20_000

/** What jobs of each queue wait for, most first; `service` null: for a verification. */
export async function waitsOfQueues(
  em: EntityManager,
): Promise<{ queue: string; service: string | null; jobs: number }[]> {
  const sql = `select split_part(job_id, '-', 1) as queue, service, count(*)::int as jobs
    from (select job_id, service from waits limit ${MAX_ROWS}) w group by 1, 2 order by 3 desc`
  return em.execute(sql)
}
