/** Sends the waiting messages of one event, in the order they were written (design rule 3). */
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import {
  lockWaitingMessages,
  markPublished,
  noteSendFailure,
  type OutboxRow,
} from '../../db/queries/messages/outbox.ts'
import { messageOf, UpstreamError } from '../../lib/errors.ts'

type PublishContext = Pick<Context, 'db' | 'settings' | 'metrics' | 'now' | 'bus'>

/** `more`: there may be further rows; `failure`: why the first row that is still waiting was not sent. */
type Step = { more: boolean; failure?: string }

/** Rows in one transaction: bounds how much is sent again after a crash. */
const CHUNK = 50
/** Rows end when no bus is configured too, so that the outbox does not grow without limit; this is what they record. */
const NOT_SENT = 'not sent: no bus is configured'

/**
 * `null` is for messages that belong to no event. Each row counts as published when the broker has accepted it.
 * @throws UpstreamError when one was not accepted; it and those behind it stay, to be sent by the next try. Safe to repeat:
 * after a crash some go out again, with the same message id. Concurrent runs wait for each other.
 */
export async function publishOutbox(ctx: PublishContext, eventId: number | null): Promise<void> {
  for (let more = true; more; ) {
    const step = await ctx.db.transaction((em) => publishChunk(ctx, em, eventId))
    if (step.failure !== undefined) throw new UpstreamError('bus', 'unreachable', step.failure)
    more = step.more
  }
}

async function publishChunk(ctx: PublishContext, em: EntityManager, eventId: number | null): Promise<Step> {
  const rows = await lockWaitingMessages(em, eventId, CHUNK)
  for (const row of rows) {
    const failure = await send(ctx, row)
    if (failure !== undefined) {
      await noteSendFailure(em, row.id, failure)
      return { more: false, failure }
    }
    await markPublished(em, row.id, ctx.now(), ctx.bus ? null : NOT_SENT)
  }
  return { more: rows.length === CHUNK }
}

/** Why the broker did not take it; undefined when it did. */
async function send({ bus, settings, metrics }: PublishContext, row: OutboxRow): Promise<string | undefined> {
  if (!bus) return undefined
  try {
    await bus.send({
      address: `${settings.env.AMQP_TOPIC_PREFIX}.${row.topic}`,
      messageId: `freshwave-${row.id}`,
      subject: row.topic,
      body: JSON.stringify(row.payload),
      createdAt: row.createdAt,
    })
    metrics.count('messaging_tx_sent_ok')
    return undefined
  } catch (error) {
    metrics.count('messaging_tx_failed')
    return messageOf(error)
  }
}
