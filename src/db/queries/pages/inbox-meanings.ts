/** Reads what messages were taken to mean, for the page of the inbox. */
import type { EntityManager } from '../../orm.ts'

/** Meanings by id of the message, as stored; messages without one are left out. */
export async function meaningsOf(em: EntityManager, ids: readonly number[]): Promise<Map<number, unknown>> {
  if (ids.length === 0) return new Map()
  const sql = 'select id, meaning from inbox where id in (?) and meaning is not null'
  const rows = await em.execute<{ id: string; meaning: unknown }[]>(sql, [[...ids]])
  return new Map(rows.map(({ id, meaning }) => [Number(id), meaning]))
}
