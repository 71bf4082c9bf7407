/** Puts messages from the bus into the inbox and reminds `intake` of them (design rule 2). */
import type { Delivery } from '../../bus/delivery.ts'
import type { Context } from '../../context.ts'
import type { InboxState } from '../../db/entities/index.ts'
import type { Reading } from '../../domain/message.ts'
import { safeText } from '../../lib/json.ts'

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
  const inserted = await em.execute<{ state: InboxState }[]>(
    `insert into inbox (message_id, topic, body, properties, meaning, state, reason)
     values ${read.map(() => '(?, ?, ?, ?::jsonb, ?::jsonb, ?, ?)').join(', ')}
     on conflict (message_id) do nothing returning state`,
    read.flatMap(rowOf),
  )
  for (const { state } of inserted) {
    if (state === 'ignored') ctx.metrics.count('messaging_rx_ignored')
    if (state === 'failed') ctx.metrics.count('messaging_rx_failed')
  }
  const waiting = await em.execute<{ id: string }[]>(
    `select id from inbox where state = 'new' and message_id in (${read.map(() => '?').join(', ')}) order by id`,
    read.map(({ delivery }) => delivery.messageId),
  )
  await ctx.queues.enqueueAll(
    'intake',
    waiting.map(({ id }) => ({ payload: { inboxId: Number(id) } })),
  )
}

function rowOf({ delivery, reading }: ReadDelivery): unknown[] {
  const { messageId, topic, body, properties } = delivery
  const meaning = reading.outcome === 'meaning' ? safeJson(reading.meaning) : null
  const reason = reading.outcome === 'meaning' ? null : safeText(reading.reason)
  return [messageId, topic, body, JSON.stringify(properties), meaning, STATES[reading.outcome], reason]
}

function safeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? safeText(part) : part))
}
