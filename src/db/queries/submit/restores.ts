/** A database that was restored from an older copy: what it has missed, and ids that were given since. */
import type { EntityManager } from '../../orm.ts'

/** The latest time that is recorded in this database; null: there is none. */
export async function lastKnownMoment(em: EntityManager): Promise<Date | null> {
  const sql = `select greatest((select max(received_at) from inbox), (select max(time_created) from events),
                               (select max(began) from build_tries), (select max(ended) from build_tries)) as at`
  const [row] = await em.execute<{ at: string | null }[]>(sql)
  return row?.at ? new Date(row.at) : null
}

/** Repeating it changes nothing for builds: they search from the earliest of all. */
export async function insertRestore(
  em: EntityManager,
  { lostFrom, restoredAt }: { lostFrom: Date; restoredAt: Date },
): Promise<void> {
  await em.execute('insert into restores (lost_from, restored_at) values (?, ?)', [lostFrom, restoredAt])
}

/** Leaves out the next `count` ids of every table: they may have been given before the restore. */
export async function skipIds(em: EntityManager, count: number): Promise<void> {
  await em.execute(
    `with sequences as (
       select pg_get_serial_sequence(format('%I', table_name), column_name) as name
         from information_schema.columns where table_schema = current_schema())
     select setval(name, nextval(name) + ?) from sequences where name is not null`,
    [count],
  )
}
