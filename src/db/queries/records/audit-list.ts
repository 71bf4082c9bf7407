/** The list of the audit: who requested which change, newest first. */
import type { EntityManager } from '../../orm.ts'
import { byId, type List, type Values } from './list-sql.ts'

/** A row of the audit. */
export type AuditRecord = {
  id: number
  at: Date
  who: string | null
  credential: string
  door: string
  address: string | null
  action: string
  subject: string | null
  outcome: string
  detail: string | null
  eventId: number | null
}

const COLUMNS = ['who', 'action', 'outcome', 'subject'] as const
/** Any of the values in each field that is given, at or after `since` and before `until`. */
export type AuditFilter = { [Field in (typeof COLUMNS)[number]]?: Values } & { since?: Date; until?: Date }

/** The rows that match, newest first. */
export function auditList(filter: AuditFilter): List {
  const where = [
    ...COLUMNS.flatMap((column) => {
      const anyOf = filter[column]
      return anyOf ? [{ column, anyOf }] : []
    }),
    { column: 'at', from: filter.since, before: filter.until },
  ]
  return { from: 'audit', where, order: byId('id', { descending: true }), id: 'id' }
}

/** The rows with these ids, in the order of `ids`. */
export async function auditByIds(em: EntityManager, ids: readonly number[]): Promise<AuditRecord[]> {
  if (ids.length === 0) return []
  const sql = `select id, at, who, credential, door, address, action, subject, outcome, detail, event_id as "eventId"
    from audit where id in (?)`
  const rows = await em.execute<(Omit<AuditRecord, 'id' | 'at'> & { id: string; at: string })[]>(sql, [ids])
  const found = new Map(
    rows.map((row) => [Number(row.id), { ...row, id: Number(row.id), at: new Date(row.at) }]),
  )
  return ids.flatMap((id) => found.get(Number(id)) ?? [])
}
