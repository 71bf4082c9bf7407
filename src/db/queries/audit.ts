/** Rows of the audit: written once, never changed, deleted when they are old. */
import type { AuditedEnd, AuditedRequest } from '../../domain/audit.ts'
import type { EntityManager } from '../orm.ts'

/** Texts from outside are cut to these lengths: the audit records what was requested, not the whole request. */
const MAX_NAME = 200
const MAX_DETAIL = 1000

/**
 * Writes a row; with the `em` of a transaction it exists exactly if the change does. A second row about the same request is not
 * written: if its transaction was committed and the answer to that was lost, the change was made.
 */
export async function insertAuditEntry(em: EntityManager, entry: AuditedRequest & AuditedEnd): Promise<void> {
  const { who, credential, from, action, subject, outcome } = entry
  const { request = null, detail = null, eventId = null } = entry
  await em.execute(
    `insert into audit (who, credential, door, address, request, action, subject, outcome, detail, event_id)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (request) do nothing`,
    [
      cut(who, MAX_NAME),
      credential,
      from.door,
      cut(from.address, MAX_NAME),
      request,
      action,
      cut(subject, MAX_NAME),
      outcome,
      cut(detail, MAX_DETAIL),
      eventId,
    ],
  )
}

function cut(text: string | null, max: number): string | null {
  return text !== null && text.length > max ? `${text.slice(0, max - 1)}…` : text
}
