/** Writes rows of Freshmaker with their ids, many in one statement. */
import { eventStateId } from '../../../domain/event.ts'
import type { ComparedTable } from '../../../domain/import/judge-rows.ts'
import type { ImportedRows, LinkRow } from '../../../domain/import/rows.ts'
import { buildStateId } from '../../../domain/rebuild/states.ts'
import type { EntityManager } from '../../orm.ts'

/** The columns of a table with the fields that fill them and their types. */
type Columns<Row> = { [Field in keyof Row]-?: readonly [column: string, type: string] }

const COLUMNS: { [T in ComparedTable]: Columns<ImportedRows[T]> } = {
  users: { id: ['id', 'int'], username: ['username', 'text'] },
  events: {
    id: ['id', 'int'],
    messageId: ['message_id', 'text'],
    searchKey: ['search_key', 'text'],
    eventTypeId: ['event_type_id', 'int'],
    released: ['released', 'boolean'],
    state: ['state', 'int'],
    stateReason: ['state_reason', 'text'],
    timeCreated: ['time_created', 'timestamptz'],
    timeDone: ['time_done', 'timestamptz'],
    dryRun: ['dry_run', 'boolean'],
    requester: ['requester', 'text'],
    requestedRebuilds: ['requested_rebuilds', 'text'],
    requesterMetadata: ['requester_metadata', 'text'],
    manualTriggered: ['manual_triggered', 'boolean'],
  },
  composes: { id: ['id', 'int'], odcsComposeId: ['odcs_compose_id', 'int'] },
  artifact_builds: {
    id: ['id', 'int'],
    name: ['name', 'text'],
    originalNvr: ['original_nvr', 'text'],
    rebuiltNvr: ['rebuilt_nvr', 'text'],
    type: ['type', 'int'],
    state: ['state', 'int'],
    stateReason: ['state_reason', 'text'],
    timeSubmitted: ['time_submitted', 'timestamptz'],
    timeCompleted: ['time_completed', 'timestamptz'],
    depOnId: ['dep_on_id', 'int'],
    eventId: ['event_id', 'int'],
    taskId: ['build_id', 'int'],
    buildArgs: ['build_args', 'text'],
    rebuildReason: ['rebuild_reason', 'int'],
    bundlePullspecOverrides: ['bundle_pullspec_overrides', 'text'],
    retryCount: ['retry_count', 'int'],
    target: ['target', 'text'],
    verificationNote: ['verification_note', 'text'],
  },
  event_dependencies: {
    id: ['id', 'int'],
    eventId: ['event_id', 'int'],
    dependsOnId: ['event_dependency_id', 'int'],
  },
}

/** The stored form of states. */
const STORED: { [T in ComparedTable]: (row: ImportedRows[T]) => object } = {
  users: (row) => row,
  events: (row) => ({ ...row, state: eventStateId(row.state) }),
  composes: (row) => row,
  artifact_builds: (row) => ({ ...row, state: buildStateId(row.state) }),
  event_dependencies: (row) => row,
}

/** Inserts rows that are known to be new. */
export async function insertRows<T extends ComparedTable>(
  em: EntityManager,
  table: T,
  rows: readonly ImportedRows[T][],
): Promise<void> {
  if (rows.length === 0) return
  const entries = Object.entries<readonly [string, string]>(COLUMNS[table])
  const columns = entries.map(([, [column]]) => column).join(', ')
  const fields = entries.map(([field]) => `"${field}"`).join(', ')
  const record = entries.map(([field, [, type]]) => `"${field}" ${type}`).join(', ')
  const sql = `insert into ${table} (${columns}) select ${fields} from json_to_recordset(?::json) as r (${record})`
  const store: (row: ImportedRows[T]) => object = STORED[table]
  await em.execute(sql, [JSON.stringify(rows.map(store))])
}

/** Gives builds their parents, unless they have one. @returns how many had none */
export async function setParents(
  em: EntityManager,
  links: readonly { id: number; depOnId: number }[],
): Promise<number> {
  const sql = `
    update artifact_builds b set dep_on_id = r."depOnId"
      from json_to_recordset(?::json) as r (id int, "depOnId" int) where b.id = r.id and b.dep_on_id is null
    returning 1`
  return (await em.execute<object[]>(sql, [JSON.stringify(links)])).length
}

/** Links builds to composes, known by their ODCS ids. Safe to repeat. @returns how many links are new */
export async function insertLinks(em: EntityManager, links: readonly LinkRow[]): Promise<number> {
  if (links.length === 0) return 0
  const sql = `
    insert into artifact_build_composes (build_id, compose_id)
    select r."buildId", c.id from json_to_recordset(?::json) as r ("buildId" int, "odcsComposeId" int)
      join composes c on c.odcs_compose_id = r."odcsComposeId"
    on conflict do nothing returning 1`
  return (await em.execute<object[]>(sql, [JSON.stringify(links)])).length
}

/** The number of these links that are new, by the same rule. */
export async function countNewLinks(em: EntityManager, links: readonly LinkRow[]): Promise<number> {
  if (links.length === 0) return 0
  const sql = `
    select count(*)::int as known from json_to_recordset(?::json) as r ("buildId" int, "odcsComposeId" int)
      join composes c on c.odcs_compose_id = r."odcsComposeId"
      join artifact_build_composes l on l.build_id = r."buildId" and l.compose_id = c.id`
  const [row] = await em.execute<{ known: number }[]>(sql, [JSON.stringify(links)])
  return links.length - (row?.known ?? 0)
}

/** Lets new rows have ids above `id`, unless they have already. */
export async function raiseSequence(em: EntityManager, table: ComparedTable, id: number): Promise<void> {
  const sql = `
    select setval(s.name, ?::bigint) from (select pg_get_serial_sequence('${table}', 'id')::regclass as name) s
     where coalesce(pg_sequence_last_value(s.name), 0) < ?::bigint`
  await em.execute(sql, [id, id])
}
