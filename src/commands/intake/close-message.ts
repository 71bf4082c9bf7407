/** Ends a message in the inbox, with an entry in the audit for a request that was not carried out (decision 0028). */
import { handlerOf } from '../../bus/messages/routes.ts'
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { endInboxRow, findInboxRow, type InboxEnd } from '../../db/queries/messages/inbox.ts'
import { type AuditedEnd, type AuditedRequest, auditSubject, requestedSubject } from '../../domain/audit.ts'
import { type Meaning, meaningSchema } from '../../domain/message.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { originOfMessage, recordChange } from '../audit.ts'
import { REBUILD_ACTIONS } from './open-requested-event.ts'

const COUNTED = { ignored: 'messaging_rx_ignored', failed: 'messaging_rx_failed', done: undefined } as const

type Requested = Pick<AuditedRequest, 'who' | 'action' | 'subject'>

/** The change that a message requests; null: it only reports. */
const REQUESTED: {
  [K in Meaning['kind']]: null | ((meaning: Extract<Meaning, { kind: K }>) => Requested)
} = {
  'advisory-shipped': null,
  'module-in-testing': null,
  'task-ended': null,
  'compose-changed': null,
  'rebuild-requested': ({ of, requester, body }) => ({
    who: requester,
    action: REBUILD_ACTIONS[of],
    subject: requestedSubject(body),
  }),
  'cancel-requested': ({ eventId }) => ({
    who: null,
    action: 'cancel',
    subject: auditSubject.event(eventId),
  }),
  'result-new': null,
  'waiver-new': null,
}

/**
 * Ends a row of the inbox that is still `new`; one that has ended keeps its end. A request for a change that was not
 * carried out goes into the audit with it; `outcome` records whose fault that was.
 */
export async function closeMessage(
  ctx: Context,
  id: number,
  end: InboxEnd,
  outcome: Exclude<AuditedEnd['outcome'], 'done'> = 'refused',
): Promise<void> {
  const handler = await ctx.db.transaction(async (em) => {
    if (!(await endInboxRow(em, id, end)) || end.state === 'done') return
    const row = await findInboxRow(em, id)
    const requested = row && requestedBy(row)
    if (requested) await recordChange(em, { ...requested, outcome, detail: end.reason })
    return row && handlerOf(row.topic)
  })
  const counter = COUNTED[end.state]
  if (counter) ctx.metrics.count(ofHandler(counter, handler))
  ctx.log.info({ inbox: id, ...end }, 'message handled')
}

function requestedBy(row: InboxRow): AuditedRequest | null {
  const meaning = meaningSchema.safeParse(row.meaning)
  if (!meaning.success) return null
  const read = REQUESTED[meaning.data.kind] as ((meaning: Meaning) => Requested) | null // the reader of this very kind
  return read && { ...read(meaning.data), ...originOfMessage(row) }
}
