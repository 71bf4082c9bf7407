/** The images that were looked at for an event, with the reason for each (design rule 8). */
import type { Json } from '../../../lib/json.ts'
import type { EntityManager } from '../../orm.ts'
import { byId, type List } from './list-sql.ts'

/** One image; `details` holds the values that were compared, where there were any. */
export type ConsideredRecord = {
  nvr: string
  outcome: 'rebuild' | 'not-rebuilt'
  rule: string
  reason: string
  details: { [key: string]: Json } | null
}

/** The images of an event, in the order in which they were judged; `nvr` and `outcome` narrow the list. */
export function consideredList(eventId: number, filter: { nvr?: string; outcome?: string }): List {
  const where = [
    { column: 'i.event_id', anyOf: [eventId] },
    ...(filter.nvr === undefined ? [] : [{ column: 'i.nvr', anyOf: [filter.nvr] }]),
    ...(filter.outcome === undefined ? [] : [{ column: 'i.outcome', anyOf: [filter.outcome] }]),
  ]
  return { from: 'considered_images i', where, order: byId('i.id', { descending: false }), id: 'i.id' }
}

/** The records with these ids, in the order of `ids`. */
export async function consideredByIds(
  em: EntityManager,
  ids: readonly number[],
): Promise<ConsideredRecord[]> {
  if (ids.length === 0) return []
  const sql = 'select id, nvr, outcome, rule, reason, details from considered_images where id in (?)'
  const rows = await em.execute<(ConsideredRecord & { id: string })[]>(sql, [ids])
  const found = new Map(rows.map(({ id, ...record }) => [Number(id), record]))
  return ids.flatMap((id) => found.get(Number(id)) ?? [])
}
