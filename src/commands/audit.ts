/** Records who requested which change, and what became of it (decision 0028). */
import { hostname, userInfo } from 'node:os'
import type { Context } from '../context.ts'
import type { EntityManager } from '../db/orm.ts'
import { insertAuditEntry } from '../db/queries/audit.ts'
import type { AuditedEnd, AuditedRequest, RequestOrigin } from '../domain/audit.ts'
import { RequestRefused } from '../domain/rebuild/intake/request-refused.ts'
import { messageOf, NotReady, Skip, UpstreamError } from '../lib/errors.ts'
import { storeOutage } from '../lib/stores/store-outage.ts'

/**
 * Writes a row. What succeeds is recorded with the `em` of the transaction that makes the change, so that the row
 * exists exactly if the change does. A repeated request that changed nothing has no row.
 */
export function recordChange(em: EntityManager, entry: AuditedRequest & AuditedEnd): Promise<void> {
  return insertAuditEntry(em, entry)
}

/**
 * Does the work, which records its own success, and records that it was refused or failed when it throws.
 * @param requested called when the work has thrown: by then the request may have been read
 * @param endOf what became of the request that ended with an error
 */
export async function recordingRefusals<T>(
  ctx: Pick<Context, 'db' | 'log'>,
  requested: () => AuditedRequest,
  work: () => Promise<T>,
  endOf: (error: unknown) => AuditedEnd,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await recordOutside(ctx, { ...requested(), ...endOf(error) })
    throw error
  }
}

/** Writes a row about what no transaction here has changed. Never rejects: if the row cannot be written, the log gets the entry. */
export async function recordOutside(
  ctx: Pick<Context, 'db' | 'log'>,
  entry: AuditedRequest & AuditedEnd,
): Promise<void> {
  try {
    await recordChange(ctx.db.fork(), entry)
  } catch (unrecorded) {
    if (storeOutage(unrecorded))
      ctx.log.warn({ audit: entry, reason: messageOf(unrecorded) }, 'could not record request in the audit')
    else ctx.log.error({ audit: entry, err: unrecorded }, 'could not record request in the audit')
  }
}

/** The origin of what a message requests. Senders are not authenticated: the name in a message is a claim. */
export function originOfMessage({ topic }: { topic: string }): RequestOrigin {
  return { credential: 'none', from: { door: 'bus', address: topic } }
}

/** The user of this process, on the machine of the service: the operating system vouches for the name. */
export function localUser(): RequestOrigin & { who: string } {
  return { who: nameOfUser(), credential: 'local', from: { door: 'command-line', address: hostname() } }
}

/** Containers run under numbers that have no name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

/** What became of a request that ended with this error: only errors whose text is meant for people are quoted. */
export function endOfError(error: unknown): AuditedEnd {
  if (error instanceof RequestRefused || error instanceof Skip)
    return { outcome: 'refused', detail: error.message }
  const isForPeople = error instanceof UpstreamError || error instanceof NotReady
  return {
    outcome: 'failed',
    detail: isForPeople
      ? messageOf(error)
      : (storeOutage(error) ?? 'Internal error; the log has the details.'),
  }
}
