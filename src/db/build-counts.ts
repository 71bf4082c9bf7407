/** Keeps table `build_counts` small: its triggers only ever add rows. */
import type { Database } from './orm.ts'

const ENOUGH_ROWS = 200
const ROWS_AT_ONCE = 20_000

/** Replaces rows by their sums once there are many; several processes may do so at once, no number changes meanwhile. */
export async function compactBuildCounts(db: Database): Promise<void> {
  const em = db.fork()
  const some = await em.execute('select 1 from build_counts offset ? limit 1', [ENOUGH_ROWS])
  if (some.length === 0) return
  await em.execute(
    `with spare as (select id from build_counts limit ? for update skip locked),
       taken as (delete from build_counts where id in (select id from spare) returning event_type_id, type, state, builds)
     insert into build_counts (event_type_id, type, state, builds)
       select event_type_id, type, state, sum(builds) from taken
       group by event_type_id, type, state having sum(builds) <> 0`,
    [ROWS_AT_ONCE],
  )
}
