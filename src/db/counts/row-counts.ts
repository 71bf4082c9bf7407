/** Keeps the tables `row_blocks` and `row_counts` small: their triggers only ever add rows. */
import type { Database } from '../orm.ts'

const ENOUGH_ROWS = 200

/** Each with the columns that make a kind; `row_counts` is for the previous release, which reads it. */
const TABLES = {
  row_blocks: ['counted', 'event_type_id', 'type', 'state', 'block'],
  row_counts: ['counted', 'event_type_id', 'type', 'state'],
} as const

/**
 * Replaces rows by their sums once many are of one kind; no sum changes meanwhile. Several processes may do so concurrently: each takes
 * only rows that no other has locked, so that they never wait for each other.
 */
export async function compactRowCounts(db: Database): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES)) {
    const kind = columns.join(', ')
    const isOfKind = columns.map((column) => `r.${column} is not distinct from k.${column}`).join(' and ')
    await db.fork().execute(
      `with kinds as (select ${kind}, count(*) - 1 as surplus from ${table} group by ${kind}),
       free as (
         select r.id from ${table} r join kinds k on ${isOfKind}
          where k.surplus > 0 and (select sum(surplus) from kinds) >= ? for update of r skip locked),
       taken as (delete from ${table} r using free where r.id = free.id returning r.*)
       insert into ${table} (${kind}, amount)
         select ${kind}, sum(amount) from taken group by ${kind} having sum(amount) <> 0`,
      [ENOUGH_ROWS],
    )
  }
}
