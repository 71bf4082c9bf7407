/** The list of messages from the bus and what became of them, newest first. */
import type { InboxState } from '../../entities/index.ts'
import type { EntityManager } from '../../orm.ts'
import { byId, type List, type Values } from './list-sql.ts'

/** A message; `body` has its first bytes, only if requested. */
export type InboxRecord = {
  id: number
  messageId: string
  topic: string
  state: InboxState
  reason: string | null
  attempts: number
  eventId: number | null
  receivedAt: Date
  bytes: number
  body?: Buffer
}

/** Bytes of a body that lists show; a message may have megabytes. */
export const SHOWN_BYTES = 10_000

/** The messages that match, newest first. */
export function inboxList(filter: { state?: Values; topic?: Values }): List {
  const where = (['state', 'topic'] as const).flatMap((column) => {
    const anyOf = filter[column]
    return anyOf ? [{ column, anyOf }] : []
  })
  return { from: 'inbox', where, order: byId('id', { descending: true }), id: 'id' }
}

/** The messages with these ids, in the order of `ids`; unknown ids are skipped. */
export async function inboxByIds(
  em: EntityManager,
  ids: readonly number[],
  { withBody }: { withBody: boolean },
): Promise<InboxRecord[]> {
  if (ids.length === 0) return []
  const body = withBody ? `, substring(body from 1 for ${SHOWN_BYTES}) as body` : ''
  const sql = `select id, message_id as "messageId", topic, state, reason, attempts, event_id as "eventId",
    received_at as "receivedAt", length(body) as bytes${body} from inbox where id in (?)`
  const rows = await em.execute<
    (Omit<InboxRecord, 'id' | 'receivedAt'> & { id: string; receivedAt: string })[]
  >(sql, [ids])
  const found = new Map(
    rows.map((row) => [Number(row.id), { ...row, id: Number(row.id), receivedAt: new Date(row.receivedAt) }]),
  )
  return ids.flatMap((id) => found.get(Number(id)) ?? [])
}
