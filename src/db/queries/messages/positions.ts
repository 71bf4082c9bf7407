/** Positions of the rows of the outbox: every reader sees the rows in this order, and none appears below a visible position (decision 0036). */
import { lockUntilCommit } from '../../locks.ts'
import type { Database, EntityManager } from '../../orm.ts'

/** A row of the outbox at its position; `topic` is null when it has been deleted, `advisory` is the search key of its event. */
export type PositionedMessage = {
  position: number
  topic: string | null
  payload: unknown
  eventId: number | null
  advisory: string | null
}
type Row = Omit<PositionedMessage, 'position'> & { position: string }

/** Rows in one transaction, so that other processes do not wait long for the lock. */
const CHUNK = 10_000

/**
 * Gives out positions to all committed rows that have none. One transaction after the other does that, so a position
 * becomes visible after all those below it. Safe to repeat; a transaction that writes rows is never waited for.
 */
export async function assignPositions(db: Database): Promise<void> {
  while ((await db.transaction(assignChunk)) === CHUNK);
}

/** The new statement after the lock sees what the previous holder of the lock has committed. */
async function assignChunk(em: EntityManager): Promise<number> {
  await lockUntilCommit(em, 'outboxPositions')
  const assigned = await em.execute<unknown[]>(
    `update outbox_positions p set position = newest.position + w.n
       from (select id, row_number() over (order by id) as n from
              (select id from outbox_positions where position is null order by id limit ?) first) w,
            (select coalesce(max(position), 0) as position from outbox_positions) newest
      where p.id = w.id returning p.id`,
    [CHUNK],
  )
  return assigned.length
}

/** The rows behind a position, in order, up to `limit`. */
export async function messagesAfter(
  em: EntityManager,
  position: number,
  limit: number,
): Promise<PositionedMessage[]> {
  const rows = await em.execute<Row[]>(
    `select p.position, o.topic, o.payload, o.event_id as "eventId", e.search_key as advisory
       from outbox_positions p left join outbox o on o.id = p.outbox_id left join events e on e.id = o.event_id
      where p.position > ? order by p.position limit ?`,
    [position, limit],
  )
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

/** The newest position, and the newest one whose row has been deleted; 0 where there is none. */
export async function positionRange(em: EntityManager): Promise<{ newest: number; deleted: number }> {
  const [range] = await em.execute<{ newest: string; deleted: string }[]>(
    `select coalesce(max(position), 0) as newest,
            coalesce((select max(position) from outbox_positions where outbox_id is null), 0) as deleted
       from outbox_positions`,
  )
  return { newest: Number(range?.newest ?? 0), deleted: Number(range?.deleted ?? 0) }
}

/** Deletes the positions of deleted rows except the newest, which says how far back readers can go. */
export async function deleteOldPositions(em: EntityManager): Promise<void> {
  await em.execute(
    `delete from outbox_positions where outbox_id is null
        and position < (select max(position) from outbox_positions where outbox_id is null)`,
  )
}
