/** Puts messages from the bus into the inbox and enqueues their `intake` jobs (design rule 2). */
import type { Delivery } from '../../bus/delivery.ts'
import { handlerOf } from '../../bus/messages/routes.ts'
import type { Context } from '../../context.ts'
import type { InboxState } from '../../db/entities/index.ts'
import { insertInboxRows, type NewInboxRow, waitingInboxIds } from '../../db/queries/messages/inbox.ts'
import type { Reading } from '../../domain/message.ts'
import { ofHandler } from '../../lib/metrics.ts'
import { storableJson } from '../../lib/storable.ts'

/** A delivery and what was read in it. */
export type ReadDelivery = { delivery: Delivery; reading: Reading }

const STATES: Record<Reading['outcome'], InboxState> = {
  meaning: 'new',
  ignored: 'ignored',
  failed: 'failed',
}

/**
 * When it returns, every message has its row and every row that still waits its job. Safe to repeat: a message whose
 * id is known keeps the row it has, and gets its job again if the row is still new.
 */
export async function storeDeliveries(
  ctx: Pick<Context, 'db' | 'queues' | 'metrics'>,
  read: readonly ReadDelivery[],
): Promise<void> {
  if (read.length === 0) return
  const em = ctx.db.fork()
  for (const { state, topic } of await insertInboxRows(em, read.map(rowOf)))
    if (state === 'ignored' || state === 'failed')
      ctx.metrics.count(ofHandler(`messaging_rx_${state}`, handlerOf(topic)))
  const messageIds = read.map(({ delivery }) => delivery.messageId)
  const waiting = await waitingInboxIds(em, messageIds)
  await ctx.queues.enqueueAll(
    'intake',
    waiting.map((inboxId) => ({ payload: { inboxId } })),
  )
}

function rowOf({ delivery, reading }: ReadDelivery): NewInboxRow {
  const { messageId, topic, body, properties } = delivery
  const meaning = reading.outcome === 'meaning' ? storableJson(reading.meaning) : null
  const reason = reading.outcome === 'meaning' ? null : reading.reason
  return { messageId, topic, body, properties, meaning, state: STATES[reading.outcome], reason }
}
