/** Reads what our own builds were rebuilt from, back to images that were not made here (behaviour/freshmaker 6.7). */
import { artifactTypeId } from '../../../domain/rebuild/states.ts'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

/** Rebuilt NVR -> original NVR: for these builds, for what they were rebuilt from, and so on. */
export async function rebuildHistory(
  em: EntityManager,
  nvrs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const origin = `b.original_nvr is not null and b.type = ${artifactTypeId('IMAGE')}`
  const sql = `
    with recursive history (rebuilt, original) as (
      select b.rebuilt_nvr, b.original_nvr from artifact_builds b where b.rebuilt_nvr in (select jsonb_array_elements_text(?::jsonb)) and ${origin}
      union
      select b.rebuilt_nvr, b.original_nvr
        from history h join artifact_builds b on b.rebuilt_nvr = h.original where ${origin})
    select rebuilt, original from history`
  const rows = await em.execute<{ rebuilt: string; original: string }[]>(sql, [storableJson(nvrs)])
  return new Map(rows.map(({ rebuilt, original }) => [rebuilt, original]))
}
