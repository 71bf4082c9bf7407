/** Writes messages out, in the transaction of the changes they report (design rule 3). */
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { insertOutboxRows, type Message, type Stream } from '../../db/queries/messages/outbox.ts'
import { buildsByIds } from '../../db/queries/records/build-rows.ts'
import { fullEventById, summarize } from '../../db/queries/records/event-rows.ts'
import type { Change } from '../../domain/rebuild/transition/facts.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { presentBuild } from '../../present/build.ts'
import { presentFullEvent, presentMinEvent } from '../../present/event.ts'

/**
 * Writes one message for each change of state, two for an event's (behaviour/freshmaker 5.7), in the order of `changes`.
 * @returns the id of the last message, null when there is none
 */
export async function writeOutbox(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  changes: Change[],
): Promise<number | null> {
  const published = changes.filter((change) => change.from !== change.to)
  if (published.length === 0) return null
  const messages = [
    ...(await buildMessages(ctx, em, published)),
    ...(await eventMessages(ctx, em, eventId, published)),
  ]
  return writeMessages(ctx, em, { eventId }, messages)
}

/** Writes one or more messages of a stream, to be sent after those before them; returns the id of the last. */
export async function writeMessages(
  ctx: Pick<Context, 'metrics' | 'now'>,
  em: EntityManager,
  stream: Stream,
  messages: readonly Message[],
): Promise<number> {
  const ids = await insertOutboxRows(em, stream, messages, ctx.now())
  em.afterCommit(() => countWritten(ctx, messages))
  return Math.max(...ids)
}

/** Counts messages that were written, to be sent. */
export function countWritten({ metrics }: Pick<Context, 'metrics'>, messages: readonly Message[]): void {
  for (const { handler } of messages) metrics.count(ofHandler('messaging_tx_to_send', handler))
}

async function buildMessages(ctx: Context, em: EntityManager, changes: Change[]): Promise<Message[]> {
  const ids = changes.flatMap((change) => (change.target === 'build' ? [change.id] : []))
  const builds = await buildsByIds(em, ids)
  const root = ctx.settings.env.PUBLIC_URL
  return builds.map((build) => ({ topic: 'build.state.changed', payload: presentBuild(build, root) }))
}

async function eventMessages(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  changes: Change[],
): Promise<Message[]> {
  if (!changes.some((change) => change.target === 'event')) return []
  const event = await fullEventById(em, eventId)
  if (!event) return []
  const root = ctx.settings.env.PUBLIC_URL
  return [
    { topic: 'event.state.changed', payload: presentFullEvent(event, root) },
    { topic: 'event.state.changed.min', payload: presentMinEvent(summarize(event), root) },
  ]
}
