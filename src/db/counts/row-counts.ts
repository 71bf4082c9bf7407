/** Keeps table `row_counts` small: its triggers only ever add rows. */
import type { Database } from '../orm.ts'

const ENOUGH_ROWS = 200

/** Replaces rows by their sums once there are many; several processes may do so at once, no sum changes meanwhile. */
export async function compactRowCounts(db: Database): Promise<void> {
  const em = db.fork()
  const tooMany = await em.execute('select 1 from row_counts offset ? limit 1', [ENOUGH_ROWS])
  if (tooMany.length === 0) return
  await em.execute(
    `with taken as (delete from row_counts returning counted, event_type_id, type, state, amount)
     insert into row_counts (counted, event_type_id, type, state, amount)
       select counted, event_type_id, type, state, sum(amount) from taken
       group by counted, event_type_id, type, state having sum(amount) <> 0`,
  )
}
