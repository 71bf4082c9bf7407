/** Records in the audit what is changed on the board of the queues, which changes jobs by itself (decision 0028). */
import type { Context } from 'hono'
import { z } from 'zod'
import { recordOutside } from '../commands/audit.ts'
import { auditSubject } from '../domain/audit.ts'
import type { ApiContext, ApiEnv } from './api.ts'
import { originOf, requesterOf } from './audit.ts'

const QUEUES = /^.*?\/api\/queues\//
/** Parts of paths that concern a whole queue, or all its jobs in a state, although more of the path follows. */
const OF_QUEUES = new Set(['retry', 'clean', 'rate-limit', 'job-schedulers'])

const errorSchema = z.object({ error: z.object({ key: z.string() }) })

/** What a request to the board is about, as the audit spells it, and what it does, in the words of the board's own addresses. */
export function boardChange(path: string): { subject: string; what: string } {
  const [first = '', second, ...rest] = path.replace(QUEUES, '').split('/').map(decoded)
  if (second === undefined) return { subject: auditSubject.allQueues, what: first }
  if (rest.length === 0 || OF_QUEUES.has(second))
    return { subject: auditSubject.queue(first), what: [second, ...rest].join(' ') }
  return { subject: auditSubject.job(first, second), what: rest.join(' ') }
}

/**
 * Called after the answer, since no transaction covers both the store of the queues and the database. A change whose row cannot be
 * written is logged.
 */
export async function recordBoardChange(
  c: Context<ApiEnv>,
  ctx: ApiContext,
  answer: Response,
): Promise<void> {
  const { subject, what } = boardChange(c.req.path)
  const requested = { ...originOf(c), who: requesterOf(c), action: 'operate-queues' as const, subject }
  if (answer.status < 400) return recordOutside(ctx, { ...requested, outcome: 'done', detail: what })
  const problem = errorSchema.safeParse(
    await answer
      .clone()
      .json()
      .catch(() => undefined),
  )
  const detail = problem.success ? `${what}: ${problem.data.error.key}` : what
  await recordOutside(ctx, { ...requested, outcome: answer.status < 500 ? 'refused' : 'failed', detail })
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
