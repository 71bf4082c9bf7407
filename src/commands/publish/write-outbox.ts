/** Writes the messages of state changes, in the transaction of those changes (design rule 3). */
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { buildsByIds } from '../../db/queries/build-rows.ts'
import { fullEventById, summarize } from '../../db/queries/event-rows.ts'
import type { Change } from '../../domain/rebuild/transition/facts.ts'
import { presentBuild } from '../../present/build.ts'
import { presentFullEvent, presentMinEvent } from '../../present/event.ts'

/** Ids rise in the order of the list: that is the order messages are sent in. */
const INSERT = `
  insert into outbox (event_id, created_at, topic, payload)
  select ?::int, ?::timestamptz, m.value ->> 'topic', m.value -> 'payload'
    from jsonb_array_elements(?::jsonb) with ordinality as m order by m.ordinality
  returning id`

type Message = { topic: string; payload: unknown }

/**
 * One message for each change of state, two for an event's (behaviour/freshmaker 5.7), in the order of `changes`.
 * @returns the id of the last message, null when there is none
 */
export async function writeOutbox(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  changes: Change[],
): Promise<number | null> {
  const told = changes.filter((change) => change.from !== change.to)
  if (told.length === 0) return null
  const messages = [...(await buildMessages(ctx, em, told)), ...(await eventMessages(ctx, em, eventId, told))]
  const rows = await em.execute<{ id: string }[]>(INSERT, [eventId, ctx.now(), JSON.stringify(messages)])
  ctx.metrics.count('messaging_tx_to_send', rows.length)
  return Math.max(...rows.map(({ id }) => Number(id)))
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
