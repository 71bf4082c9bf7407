/** Connects routes that change something to the audit: who requested it, where the request came from, and its refusal. */
import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { endOfError, recordingRefusals } from '../commands/audit.ts'
import type { Action } from '../domain/access/judge.ts'
import type { AuditAction, AuditedEnd, AuditedRequest, RequestOrigin } from '../domain/audit.ts'
import type { ApiContext, ApiEnv } from './api.ts'
import { authorize, identify } from './auth/requires.ts'
import { ApiError } from './errors.ts'

/** The origin of a request, for the command that carries it out; always the same for one request. */
export function originOf(c: Context<ApiEnv>): RequestOrigin {
  const { credential, address } = c.get('caller')
  const request = c.get('auditedAs') ?? randomUUID()
  c.set('auditedAs', request)
  return {
    request,
    credential: credential === 'noauth' ? 'none' : credential,
    from: { door: 'api', address: address ?? null },
  }
}

/** The name of the caller for rows and messages; without authentication the one that the request claims. */
export function requesterOf(c: Context<ApiEnv>, claimed: string | null = null): string | null {
  const { credential, name } = c.get('caller')
  return credential === 'noauth' ? claimed : name
}

/**
 * Guards a route that changes something: as `requires(action)`, and the refusal of a caller that has logged in is
 * recorded. A request without a login leaves no row, because any client could fill the table.
 * @param subjectOf what the path names; null: nothing
 */
export function guardChange(
  ctx: ApiContext,
  action: AuditAction & Action,
  subjectOf: (c: Context<ApiEnv>) => string | null = () => null,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await identify(c)
    const requested = () => ({ who: requesterOf(c), action, subject: subjectOf(c) })
    await auditRefusals(c, ctx, requested, async () => authorize(c, action))
    await next()
  }
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
