/** Counts the rows of a database, to show that a refused request has written nothing. */
import type { Database } from '../../../src/db/orm.ts'

/** The number of rows of each table, except the stored metrics, which every process writes every few seconds. */
export async function countRows(db: Database): Promise<Record<string, number>> {
  const em = db.fork()
  const tables = await em.execute<{ name: string }[]>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'counters' order by 1",
  )
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as n from "${name}"`)
  const rows = await em.execute<{ name: string; n: number }[]>(counts.join(' union all '))
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]))
}
