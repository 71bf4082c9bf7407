/** Counts the jobs of queues that are in PostgreSQL, up to a limit: BullMQ's own count reads every job. */
import type { EntityManager } from '../../orm.ts'

/** BullMQ keeps jobs with a priority apart from those that wait in their order. */
const CONDITIONS = {
  active: "j.state = 'active'",
  waiting: "j.state = 'waiting' and j.priority = 0",
  prioritized: "j.state = 'waiting' and j.priority > 0",
  delayed: "j.state = 'delayed'",
  failed: "j.state = 'failed'",
  completed: "j.state = 'completed'",
} as const
type JobState = keyof typeof CONDITIONS

/** The states of jobs; those that are `completed` are kept for a while in few queues. */
export const JOB_STATES = Object.keys(CONDITIONS) as JobState[] // the keys of a literal object are its type's keys

/** Numbers of jobs by state. */
export type JobCounts = Record<JobState, number>

/** Counted up to here; one more stands for any number above. */
export const MAX_COUNTED = 10_000

/** The counts of each queue. Each of BullMQ's partial indexes has one state, which has to be in the text. */
const COUNTS = JOB_STATES.map(
  (state) => `
    select q.queue, '${state}' as state, (select count(*)::int from (
        select 1 from bullmq.job j where j.queue = q.queue and ${CONDITIONS[state]} limit ${MAX_COUNTED + 1}) counted) as jobs
      from jsonb_array_elements_text(?::jsonb) as q(queue)`,
).join(' union all ')

/** By name of the queue; every one has an entry. */
export async function countStoredJobs<N extends string>(
  em: EntityManager,
  queues: readonly N[],
): Promise<Map<N, JobCounts>> {
  const names = JSON.stringify(queues)
  const rows = await em.execute<{ queue: N; state: JobState; jobs: number }[]>(
    COUNTS,
    JOB_STATES.map(() => names),
  )
  const none = { active: 0, waiting: 0, prioritized: 0, delayed: 0, failed: 0, completed: 0 }
  const counts = new Map(queues.map((name) => [name, { ...none }]))
  for (const { queue, state, jobs } of rows) {
    const ofQueue = counts.get(queue)
    if (ofQueue) ofQueue[state] = jobs
  }
  return counts
}
