/** Recognizes jobs that stay delayed although their delay is over, whatever the clock showed by which they were delayed. */
import type { Job } from 'bullmq'

/** Whether a delayed job should have started: call it again and again with the same job. */
export type IsOverdue = (job: Pick<Job, 'id' | 'delay' | 'attemptsStarted'>) => boolean

/** Far longer than a busy queue store takes to start a job whose delay is over. */
const SLACK_MS = 10_000
/** Jobs that are remembered. */
const MAX_SEEN = 10_000

/**
 * The queue store keeps the end of a delay by the clock of the machine that delayed the job. One that was ahead, by a day perhaps, leaves
 * jobs that no other machine starts before that. So what counts is for how long this process has seen the job with the same attempt.
 * @param now any monotonic clock, in milliseconds
 */
export function createOverdueDelays(now = () => performance.now()): IsOverdue {
  const seen = new Map<string, { attempt: number; since: number }>()
  return ({ id = '', delay, attemptsStarted: attempt }) => {
    const known = seen.get(id)
    if (known?.attempt === attempt && now() - known.since > delay + SLACK_MS) return seen.delete(id)
    if (known?.attempt !== attempt) seen.set(id, { attempt, since: now() })
    const [oldest] = seen.size > MAX_SEEN ? seen.keys() : []
    if (oldest !== undefined) seen.delete(oldest)
    return false
  }
}
