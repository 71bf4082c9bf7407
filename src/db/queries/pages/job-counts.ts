/** Counts the jobs of queues that are in PostgreSQL, up to a limit: BullMQ's own count reads every job. */
import { keysOf } from '../../../domain/keys-of.ts'
import type { EntityManager } from '../../orm.ts'

/**
 * What a job of each state is, and the order of BullMQ's index of that state: with it that index is read up to the limit, while
 * without it all jobs may be read in search of a few. BullMQ keeps jobs with a priority apart from those that wait in their order.
 */
const STATES = {
  active: ["j.state = 'active'", 'j.locked_until_ms'],
  waiting: ["j.state = 'waiting' and j.priority = 0", 'j.seq'],
  prioritized: ["j.state = 'waiting' and j.priority > 0", 'j.priority, j.seq'],
  delayed: ["j.state = 'delayed'", 'j.process_at_ms'],
  failed: ["j.state = 'failed'", 'j.finished_at_ms'],
  completed: ["j.state = 'completed'", 'j.finished_at_ms'],
} as const
type JobState = keyof typeof STATES

/** The states of jobs; those that are `completed` are kept for a while in few queues. */
export const JOB_STATES = keysOf(STATES)

/** Numbers of jobs by state. */
export type JobCounts = Record<JobState, number>

/** Counted up to here; one more stands for any number above. */
export const MAX_COUNTED = 10_000

/** The state has to be in the text, for its partial index. */
const COUNT_EACH = JOB_STATES.map((state) => {
  const [condition, order] = STATES[state]
  return `
    select q.queue, '${state}' as state, (select count(*)::int from (
        select 1 from bullmq.job j where j.queue = q.queue and ${condition} order by ${order} limit ${MAX_COUNTED + 1}) counted) as jobs
      from jsonb_array_elements_text(?::jsonb) as q(queue)`
}).join(' union all ')

/** By name of the queue; every one has an entry. */
export async function countStoredJobs<N extends string>(
  em: EntityManager,
  queues: readonly N[],
): Promise<Map<N, JobCounts>> {
  const names = JSON.stringify(queues)
  const rows = await em.execute<{ queue: N; state: JobState; jobs: number }[]>(
    COUNT_EACH,
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
