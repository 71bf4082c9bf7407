/** Presents what operators look at, as JSON of version 2: the audit and the inbox. */
import type { AuditRecord } from '../db/queries/records/audit-list.ts'
import type { InboxRecord } from '../db/queries/records/inbox-list.ts'
import { presentDate } from './columns.ts'

/** A row of the audit. */
export function presentAuditEntry(entry: AuditRecord) {
  return {
    action: entry.action,
    address: entry.address,
    at: presentDate(entry.at),
    credential: entry.credential,
    detail: entry.detail,
    door: entry.door,
    event_id: entry.eventId,
    id: entry.id,
    outcome: entry.outcome,
    subject: entry.subject,
    who: entry.who,
  }
}

/** A message from the bus; `body` is text as far as its bytes are UTF-8. */
export function presentInboxMessage({ body, ...message }: InboxRecord) {
  return {
    attempts: message.attempts,
    ...(body && { body: new TextDecoder().decode(body) }),
    bytes: message.bytes,
    event_id: message.eventId,
    id: message.id,
    message_id: message.messageId,
    reason: message.reason,
    received_at: presentDate(message.receivedAt),
    state: message.state,
    topic: message.topic,
  }
}
