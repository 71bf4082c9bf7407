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
  /** Whether due work has no jobs while the build system has no room for it. */
  waitsForRoom: boolean
}

/** `kind` for the color, `text` for people. */
export type Verdict = { kind: 'healthy' | 'busy' | 'blocked' | 'failing' | 'unknown'; text: string }

/** Work that became due more recently is normal in a healthy queue: the sweep picks it up once a minute. */
const LATE_S = 120

/** The first that applies: blocked, not known, failing, late, healthy. */
export function judgeQueue({ counts, oldestDueS, waits, hasWorkers, waitsForRoom }: QueueFacts): Verdict {
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
  const isLate = oldestDueS !== null && oldestDueS > LATE_S
  if (isLate && counts.waiting > 0)
    return { kind: 'busy', text: hasWorkers || counts.active > 0 ? lateText(counts.active > 0) : NO_WORKERS }
  if (isLate && !waitsForRoom && counts.active + counts.delayed === 0)
    return { kind: 'busy', text: hasWorkers ? WITHOUT_JOBS : NO_WORKERS }
  return { kind: 'healthy', text: 'healthy' }
}

const NO_WORKERS = 'no workers: no worker process is running'
const WITHOUT_JOBS = 'stalled: work is due that has no job, which the queue sweep would add'

function lateText(isRunning: boolean): string {
  return isRunning
    ? 'too few workers: work is waiting although workers are running'
    : 'stalled: worker processes are running, but none of its jobs is'
}
