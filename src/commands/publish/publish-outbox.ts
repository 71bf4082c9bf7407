/** Sends the waiting messages of one event, in the order they were written (design rule 3). */
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { messageOf } from '../../lib/errors.ts'

type PublishContext = Pick<Context, 'db' | 'settings' | 'metrics' | 'now' | 'bus'>

type Row = { id: string; topic: string; payload: unknown; created_at: string }
/** `more`: there may be further rows; `failure`: why the first row that is still waiting was not sent. */
type Step = { more: boolean; failure?: string }

/** Rows in one transaction: bounds how much is sent again after a crash. */
const CHUNK = 50

/**
 * `null` is for messages that belong to no event. Each row counts as published when the broker has accepted it.
 * @throws Error when one was not accepted; it and those behind it stay, to be sent by the next try. Safe to repeat:
 * after a crash some go out again, with the same message id. Two at the same time wait for each other.
 */
export async function publishOutbox(ctx: PublishContext, eventId: number | null): Promise<void> {
  for (let more = true; more; ) {
    const step = await ctx.db.transaction((em) => publishChunk(ctx, em, eventId))
    if (step.failure !== undefined) throw new Error(step.failure)
    more = step.more
  }
}

async function publishChunk(ctx: PublishContext, em: EntityManager, eventId: number | null): Promise<Step> {
  const rows = await em.execute<Row[]>(
    `select id, topic, payload, created_at from outbox
      where ${eventId === null ? 'event_id is null' : 'event_id = ?'} and published_at is null
      order by id limit ${CHUNK} for update`,
    eventId === null ? [] : [eventId],
  )
  for (const row of rows) {
    const failure = await send(ctx, row)
    if (failure === undefined) await markPublished(ctx, em, row)
    else {
      await em.execute('update outbox set attempts = attempts + 1, last_error = ? where id = ?', [
        failure,
        row.id,
      ])
      return { more: false, failure }
    }
  }
  return { more: rows.length === CHUNK }
}

/** Why the broker did not take it; undefined when it did. */
async function send({ bus, settings, metrics }: PublishContext, row: Row): Promise<string | undefined> {
  if (!bus) return undefined
  try {
    await bus.send({
      address: `${settings.env.AMQP_TOPIC_PREFIX}.${row.topic}`,
      messageId: `freshwave-${row.id}`,
      subject: row.topic,
      body: JSON.stringify(row.payload),
      createdAt: new Date(row.created_at),
    })
    metrics.count('messaging_tx_sent_ok')
    return undefined
  } catch (error) {
    metrics.count('messaging_tx_failed')
    return messageOf(error)
  }
}

/** Without a bus too, or rows would pile up for ever; the row then says that nobody got it. */
async function markPublished({ bus, now }: PublishContext, em: EntityManager, { id }: Row): Promise<void> {
  await em.execute(
    'update outbox set published_at = ?, attempts = attempts + 1, last_error = ? where id = ?',
    [now(), bus ? null : 'not sent: no bus is configured', id],
  )
}
