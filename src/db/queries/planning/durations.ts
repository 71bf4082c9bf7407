/** How long earlier builds took, for ordering the next ones. */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

const RECENT = 5
/** Assumed while nothing was ever measured. */
const FIRST_GUESS_S = 600

/** Median seconds of the newest builds of each of these names, and the median over all names. */
export async function readDurations(
  em: EntityManager,
  names: ReadonlySet<string>,
): Promise<{ durations: Map<string, number>; medianDurationS: number }> {
  const byName = `
    select n.name, percentile_cont(0.5) within group (order by d.seconds) as seconds
      from jsonb_array_elements_text(?::jsonb) as n(name)
      cross join lateral (select seconds from build_durations where name = n.name
                           order by recorded_at desc limit ${RECENT}) d
     group by n.name`
  const overall = `
    select percentile_cont(0.5) within group (order by seconds) as seconds
      from (select seconds from build_durations order by id desc limit 1000) recent`
  const rows = await em.execute<{ name: string; seconds: number }[]>(byName, [storableJson([...names])])
  const [median] = await em.execute<{ seconds: number | null }[]>(overall)
  return {
    durations: new Map(rows.map(({ name, seconds }) => [name, Number(seconds)])),
    medianDurationS: median?.seconds ?? FIRST_GUESS_S,
  }
}
