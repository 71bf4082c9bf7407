/** Reads stored messages again, with today's parsers, and hands them on as if they had just arrived. */
import type { Delivery } from '../../bus/delivery.ts'
import { readMessage } from '../../bus/messages/routes.ts'
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { findInboxRow, replayableInboxRows, storeRereading } from '../../db/queries/messages/inbox.ts'
import { auditSubject, type RequestOrigin } from '../../domain/audit.ts'
import { RequestRefused } from '../../domain/rebuild/intake/request-refused.ts'
import { recordChange } from '../audit.ts'
import { enqueueOrLeave } from '../enqueue-or-leave.ts'

/** Who requests a replay, and where the request came from. */
export type ReplayRequester = RequestOrigin & { who: string | null }

/** What became of a replayed message: its new state, and the reason if it is not `new`. */
export type Replayed = { id: number; state: 'new' | 'ignored' | 'failed'; reason: string | null }

/** Only failed and ignored messages are touched, so that nothing is done twice; other ids are skipped. */
export async function replayMessages(
  ctx: Context,
  ids: readonly number[],
  requester: ReplayRequester,
): Promise<Replayed[]> {
  const rows = await replayableInboxRows(ctx.db.fork(), ids)
  const replayed: Replayed[] = []
  for (const row of rows) {
    const done = await replayOne(ctx, row, requester)
    if (done) replayed.push(done)
  }
  const due = replayed.filter(({ state }) => state === 'new')
  const jobs = due.map(({ id }) => ({ payload: { inboxId: id } }))
  await enqueueOrLeave(ctx, { messages: due.length }, () => ctx.queues.requeue('intake', jobs))
  return replayed
}

/** The same for one message. @throws RequestRefused when it is not one of those; undefined: there is no such message */
export async function replayMessage(
  ctx: Context,
  id: number,
  requester: ReplayRequester,
): Promise<Replayed | undefined> {
  const [replayed] = await replayMessages(ctx, [id], requester)
  if (replayed) return replayed
  const row = await findInboxRow(ctx.db.fork(), id)
  if (!row) return undefined
  throw new RequestRefused(
    'invalid',
    `Message ${id} is ${row.state}: only failed and ignored messages can be replayed.`,
  )
}

/** Undefined when another caller has replayed it meanwhile. */
async function replayOne(
  ctx: Context,
  row: InboxRow,
  requester: ReplayRequester,
): Promise<Replayed | undefined> {
  const { id } = row
  const reading = readMessage(deliveryOf(row), ctx.settings.file.max_message_bytes)
  const isMeant = reading.outcome === 'meaning'
  const state = isMeant ? 'new' : reading.outcome
  const reason = isMeant ? null : reading.reason
  const isStored = await ctx.db.transaction(async (em) => {
    const meaning = isMeant ? reading.meaning : null
    if (!(await storeRereading(em, id, { state, reason, meaning }))) return false
    const subject = auditSubject.message(id)
    const detail = reason === null ? state : `${state}: ${reason}`
    await recordChange(em, { ...requester, action: 'replay', subject, outcome: 'done', detail })
    return true
  })
  return isStored ? { id, state, reason } : undefined
}

function deliveryOf({ messageId, topic, body, properties }: InboxRow): Delivery {
  return { messageId, topic, body: Buffer.from(body), properties }
}
