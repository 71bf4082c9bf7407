/** Everything a build's JSON needs, for any number of builds in one statement. */
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'

/** A build with what its JSON takes from other tables; `buildId` is the Koji task id. */
export type BuildRecord = {
  id: number
  name: string
  originalNvr: string | null
  rebuiltNvr: string | null
  type: number | null
  state: number
  stateReason: string | null
  timeSubmitted: Date
  timeCompleted: Date | null
  depOnId: number | null
  /** Name of the build `depOnId` points to. */
  depOnName: string | null
  eventId: number | null
  buildId: number | null
  /** JSON text as stored. */
  buildArgs: string | null
  rebuildReason: number | null
  /** ODCS ids of the linked composes, in the order they were made. */
  odcsComposeIds: number[]
}

type Row = Omit<BuildRecord, 'timeSubmitted' | 'timeCompleted' | 'depOnName' | 'odcsComposeIds'> & {
  timeSubmitted: string
  timeCompleted: string | null
}

const COLUMNS = `
  b.id, b.name, b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr", b.type, b.state,
  b.state_reason as "stateReason", b.time_submitted as "timeSubmitted", b.time_completed as "timeCompleted",
  b.dep_on_id as "depOnId", b.event_id as "eventId", b.build_id as "buildId", b.build_args as "buildArgs",
  b.rebuild_reason as "rebuildReason"`

/** Composes are separated by commas: an array of PostgreSQL is slow to read. */
const SELECT = `
  select ${COLUMNS}, parent.name as "depOnName",
    (select string_agg(c.odcs_compose_id::text, ',' order by c.id) from artifact_build_composes l
       join composes c on c.id = l.compose_id where l.build_id = b.id) as "odcsComposes"
  from artifact_builds b left join artifact_builds parent on parent.id = b.dep_on_id`

type CompleteRow = Row & { depOnName: string | null; odcsComposes: string | null }

/** The builds with these ids, in the order of `ids`; unknown ids are skipped. */
export async function buildsByIds(em: EntityManager, ids: readonly number[]): Promise<BuildRecord[]> {
  if (ids.length === 0) return []
  const rows = await em.execute<CompleteRow[]>(`${SELECT} where b.id in (?)`, [ids])
  const byId = new Map(rows.map((row) => [row.id, toRecord(row, row.depOnName, composeIds(row))]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** One build; inside a transaction it sees what that wrote so far. */
export async function buildById(em: EntityManager, id: number): Promise<BuildRecord | undefined> {
  return (await buildsByIds(em, [id]))[0]
}

/**
 * The builds of each of these events by id; every event has an entry. Hundreds of events have thousands of builds: PostgreSQL, which
 * expects more of them than there are, would start parallel workers for a statement that looks each build's parent and composes up.
 */
export async function buildsOfEvents(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, BuildRecord[]>> {
  const builds = new Map<number, BuildRecord[]>(eventIds.map((id) => [id, []]))
  if (eventIds.length === 0) return builds
  const rows = await em.execute<Row[]>(
    `select ${COLUMNS} from artifact_builds b where b.event_id in (?) order by b.id`,
    [eventIds],
  )
  const names = await namesWithParents(em, rows)
  const composes = await composesOfEvents(em, eventIds)
  for (const row of rows) {
    const depOnName = row.depOnId === null ? null : (names.get(row.depOnId) ?? null)
    const record = toRecord(row, depOnName, composes.get(row.id) ?? [])
    if (row.eventId !== null) builds.get(row.eventId)?.push(record)
  }
  return builds
}

/** The names of these builds and of their parents, which are nearly always among them. */
async function namesWithParents(em: EntityManager, rows: readonly Row[]): Promise<Map<number, string>> {
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  const missing = rows.flatMap(({ depOnId }) => (depOnId === null || names.has(depOnId) ? [] : depOnId))
  if (missing.length === 0) return names
  const sql = 'select id, name from artifact_builds where id in (?)'
  const parents = await em.execute<{ id: number; name: string }[]>(sql, [missing])
  for (const { id, name } of parents) names.set(id, name)
  return names
}

/** ODCS ids by build, in the order the composes were made; builds without composes have no entry. */
async function composesOfEvents(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, number[]>> {
  // Unlike a join, the array makes PostgreSQL use the index of the links, however many builds it expects.
  const rows = await em.execute<{ buildId: number; odcsId: number }[]>(
    `select l.build_id as "buildId", c.odcs_compose_id as "odcsId"
       from artifact_build_composes l join composes c on c.id = l.compose_id
      where l.build_id = any(array(select id from artifact_builds where event_id in (?))) order by c.id`,
    [eventIds],
  )
  const byBuild = new Map<number, number[]>()
  for (const { buildId, odcsId } of rows) {
    const ids = byBuild.get(buildId)
    if (ids) ids.push(odcsId)
    else byBuild.set(buildId, [odcsId])
  }
  return byBuild
}

function composeIds({ odcsComposes }: CompleteRow): number[] {
  return odcsComposes === null ? [] : odcsComposes.split(',').map(Number)
}

/** Each field by its name: copies by spread take twice as long, and a page of events has hundreds. */
function toRecord(row: Row, depOnName: string | null, odcsComposeIds: number[]): BuildRecord {
  return {
    id: row.id,
    name: row.name,
    originalNvr: row.originalNvr,
    rebuiltNvr: row.rebuiltNvr,
    type: row.type,
    state: row.state,
    stateReason: row.stateReason,
    timeSubmitted: new Date(row.timeSubmitted),
    timeCompleted: dateOrNull(row.timeCompleted),
    depOnId: row.depOnId,
    depOnName,
    eventId: row.eventId,
    buildId: row.buildId,
    buildArgs: row.buildArgs,
    rebuildReason: row.rebuildReason,
    odcsComposeIds,
  }
}

/** The stored JSON text (null when the build has none); `undefined` when there is no such build. */
export async function pullspecOverrides(
  em: EntityManager,
  buildId: number,
): Promise<string | null | undefined> {
  const sql = 'select bundle_pullspec_overrides as overrides from artifact_builds where id = ?'
  const [row] = await em.execute<{ overrides: string | null }[]>(sql, [buildId])
  return row?.overrides
}
