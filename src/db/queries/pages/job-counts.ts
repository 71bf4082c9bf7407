/** Counts the jobs of queues that are in PostgreSQL, up to a limit: BullMQ's own count reads every job. */
import type { EntityManager } from '../../orm.ts'

/** The states of BullMQ's table `job`; jobs with a priority are `waiting` too. */
const STATES = ['active', 'waiting', 'delayed', 'failed'] as const

/** Numbers of jobs by state. */
export type JobCounts = Record<(typeof STATES)[number], number>

/** Counted up to here; one more stands for any number above. */
export const MAX_COUNTED = 10_000

/** The counts of each queue. Each of BullMQ's partial indexes has one state, which has to be in the text. */
const COUNTS = STATES.map(
  (state) => `
    select q.queue, '${state}' as state, (select count(*)::int from (
        select 1 from bullmq.job j where j.queue = q.queue and j.state = '${state}' limit ${MAX_COUNTED + 1}) counted) as jobs
      from jsonb_array_elements_text(?::jsonb) as q(queue)`,
).join(' union all ')

/** By name of the queue; every one has an entry. */
export async function countJobs(
  em: EntityManager,
  queues: readonly string[],
): Promise<Map<string, JobCounts>> {
  const names = JSON.stringify(queues)
  const rows = await em.execute<{ queue: string; state: keyof JobCounts; jobs: number }[]>(
    COUNTS,
    STATES.map(() => names),
  )
  const counts = new Map(queues.map((name) => [name, { active: 0, waiting: 0, delayed: 0, failed: 0 }]))
  for (const { queue, state, jobs } of rows) {
    const ofQueue = counts.get(queue)
    if (ofQueue) ofQueue[state] = jobs
  }
  return counts
}
