/** Which images earlier events of an advisory have rebuilt already (spec/freshmaker 1.7). */
import type { EntityManager } from '../orm.ts'

/** Original NVRs of directly affected builds that are DONE in any event with this search key. */
export async function rebuiltForAdvisory(em: EntityManager, searchKey: string): Promise<ReadonlySet<string>> {
  const sql = `
    select distinct b.original_nvr as nvr from artifact_builds b join events e on e.id = b.event_id
     where e.search_key = ? and b.state = 1 and b.rebuild_reason = 1 and b.original_nvr is not null`
  const rows = await em.execute<{ nvr: string }[]>(sql, [searchKey])
  return new Set(rows.map(({ nvr }) => nvr))
}
