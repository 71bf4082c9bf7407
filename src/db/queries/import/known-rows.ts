/** Rows of our own database that an import compares with those of Freshmaker. */
import type { Comparable, ComparedTable } from '../../../domain/import/judge-rows.ts'
import type { ImportedRows } from '../../../domain/import/rows.ts'
import type { EntityManager } from '../../orm.ts'

const COLUMNS: Record<ComparedTable, string> = {
  users: 'k.id, k.username',
  events: 'k.id, k.message_id as "messageId"',
  composes: 'k.id, k.odcs_compose_id as "odcsComposeId"',
  artifact_builds: `k.id, k.name, k.original_nvr as "originalNvr", k.rebuilt_nvr as "rebuiltNvr", k.event_id as "eventId",
    k.dep_on_id as "depOnId"`,
  event_dependencies: 'k.id, k.event_id as "eventId", k.event_dependency_id as "dependsOnId"',
}

/** How a row `k` here can have the id or a unique value of a row `r`; each has an index. */
const MATCHES: Record<ComparedTable, readonly string[]> = {
  users: ['k.id = r.id', 'k.username = r.username'],
  events: ['k.id = r.id', 'k.message_id = r."messageId"'],
  composes: ['k.id = r.id', 'k.odcs_compose_id = r."odcsComposeId"'],
  artifact_builds: [
    'k.id = r.id',
    'k.event_id = r."eventId" and k.original_nvr = r."originalNvr"',
    'k.rebuilt_nvr = r."rebuiltNvr"',
  ],
  event_dependencies: ['k.id = r.id', 'k.event_id = r."eventId" and k.event_dependency_id = r."dependsOnId"'],
}

const RECORD: Record<ComparedTable, string> = {
  users: 'id int, username text',
  events: 'id int, "messageId" text',
  composes: 'id int, "odcsComposeId" int',
  artifact_builds: 'id int, "originalNvr" text, "rebuiltNvr" text, "eventId" int',
  event_dependencies: 'id int, "eventId" int, "dependsOnId" int',
}

/** All rows here that have the id or a unique value of any of `rows`. */
export function knownRows<T extends ComparedTable>(
  em: EntityManager,
  table: T,
  rows: readonly ImportedRows[T][],
): Promise<Comparable[T][]> {
  const selects = MATCHES[table].map((match) => `select ${COLUMNS[table]} from r join ${table} k on ${match}`)
  const sql = `with r as materialized (select * from json_to_recordset(?::json) as r (${RECORD[table]}))
    ${selects.join(' union ')}`
  return em.execute<Comparable[T][]>(sql, [JSON.stringify(rows)])
}

/** The next rows here after an id, up to another one. */
export function nextKnownRows<T extends ComparedTable>(
  em: EntityManager,
  table: T,
  { after, upTo, limit }: { after: number; upTo: number; limit: number },
): Promise<Comparable[T][]> {
  const sql = `select ${COLUMNS[table]} from ${table} k where k.id > ? and k.id <= ? order by k.id limit ?`
  return em.execute<Comparable[T][]>(sql, [after, upTo, limit])
}
