/** Sums up the state of a queue in one line: whether a service, a failure or a lack of workers holds it up. */
import { amount } from './amount.ts'

/** What is known of a queue; null: it could not be found out in time. */
export type QueueFacts = {
  counts: { active: number; waiting: number; delayed: number; failed: number } | null
  /** How long the oldest thing that is due has been waiting, in seconds; null: nothing is due. */
  oldestDueS: number | null
  /** Jobs of the queue that wait for a service, or (null) for a verification, most first. */
  waits: readonly { service: string | null; jobs: number }[]
  /** Whether any worker process is alive; each takes jobs of all queues. */
  hasWorkers: boolean
}

/** `kind` for the color, `text` for people. */
export type Verdict = { kind: 'healthy' | 'busy' | 'blocked' | 'failing' | 'unknown'; text: string }

/** Every healthy queue has younger work that is due: the sweep picks it up once a minute. */
const LATE_S = 120

/** The first that applies: blocked, not known, failing, late, healthy. */
export function judgeQueue({ counts, oldestDueS, waits, hasWorkers }: QueueFacts): Verdict {
  const [wait] = waits
  if (wait) {
    const others = waits.slice(1).reduce((sum, { jobs }) => sum + jobs, 0)
    const more = others > 0 ? ` (and ${others} for others)` : ''
    return {
      kind: 'blocked',
      text: `blocked: ${amount(wait.jobs, 'waits', 'wait')} for ${wait.service ?? 'a verification'}${more}`,
    }
  }
  if (!counts) return { kind: 'unknown', text: 'not known: the queue store did not answer in time' }
  if (counts.failed > 0) return { kind: 'failing', text: `${counts.failed} failed for good` }
  if (oldestDueS !== null && oldestDueS > LATE_S && counts.waiting > 0)
    return { kind: 'busy', text: lateText(counts.active > 0, hasWorkers) }
  return { kind: 'healthy', text: 'healthy' }
}

function lateText(isRunning: boolean, hasWorkers: boolean): string {
  if (isRunning) return 'too few workers: work is waiting although workers are running'
  if (hasWorkers) return 'stalled: worker processes are running, but none of its jobs is'
  return 'no workers: no worker process is running'
}
