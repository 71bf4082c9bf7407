/** What routes that change something add to the audit: where the request came from, and its refusal. */
import type { Context } from 'hono'
import { endOfError, recordingRefusals } from '../commands/audit.ts'
import type { AuditedEnd, AuditedRequest, Origin } from '../domain/audit.ts'
import type { ApiContext, ApiEnv } from './api.ts'
import { ApiError } from './errors.ts'

/** The origin of a request, for the command that carries it out. */
export function originOf(c: Context<ApiEnv>): Origin {
  return { credential: 'none', from: { door: 'api', address: c.get('caller').address ?? null } }
}

/**
 * Answers a request for a change; what is refused or fails is recorded, what succeeds was recorded by its command.
 * @param requested called when the request has failed: by then its body may have been read
 */
export function auditRefusals<T>(
  c: Context<ApiEnv>,
  ctx: ApiContext,
  requested: () => Pick<AuditedRequest, 'who' | 'action' | 'subject'>,
  answer: () => Promise<T>,
): Promise<T> {
  return recordingRefusals(ctx, () => ({ ...originOf(c), ...requested() }), answer, endOfAnswer)
}

function endOfAnswer(error: unknown): AuditedEnd {
  if (!(error instanceof ApiError)) return endOfError(error)
  return { outcome: error.status < 500 ? 'refused' : 'failed', detail: error.message }
}
