/** Searches for tasks that the build system makes late for an attempt which is over, or continues in another task (decision 0005). */
import type { EntityManager } from '../../orm.ts'

/** A search; `source` and `release` identify the tasks of the attempt. */
export type SurplusSearch = {
  buildId: number
  source: string
  release: string
  since: Date
  submittedAt: Date
}

/** Safe to repeat: a search that is under way goes on for as long after the last submission as after the first. */
export async function insertSurplusSearch(em: EntityManager, search: SurplusSearch): Promise<void> {
  const { buildId, release, source, since, submittedAt } = search
  await em.execute(
    `insert into surplus_searches (build_id, release, source, since, submitted_at) values (?, ?, ?, ?, ?)
     on conflict (build_id, release) do update set
       submitted_at = greatest(surplus_searches.submitted_at, excluded.submitted_at)`,
    [buildId, release, source, since, submittedAt],
  )
}

/** All searches that are not over. */
export async function dueSurplusSearches(em: EntityManager): Promise<SurplusSearch[]> {
  type Row = Omit<SurplusSearch, 'since' | 'submittedAt'> & { since: string; submittedAt: string }
  const rows = await em.execute<Row[]>(
    `select build_id as "buildId", source, release, since, submitted_at as "submittedAt" from surplus_searches
      order by submitted_at, build_id`,
  )
  return rows.map((row) => ({ ...row, since: new Date(row.since), submittedAt: new Date(row.submittedAt) }))
}

/** Forgets a search, unless the attempt was submitted again since: a task was canceled, or none can come any more. */
export async function endSurplusSearch(
  em: EntityManager,
  { buildId, release, submittedAt }: Pick<SurplusSearch, 'buildId' | 'release' | 'submittedAt'>,
): Promise<void> {
  const sql = 'delete from surplus_searches where build_id = ? and release = ? and submitted_at <= ?'
  await em.execute(sql, [buildId, release, submittedAt])
}
