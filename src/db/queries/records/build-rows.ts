/** Everything a build's JSON needs, for any number of builds in one statement. */
import type { EntityManager } from '../../orm.ts'

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

type Row = Omit<BuildRecord, 'timeSubmitted' | 'timeCompleted' | 'odcsComposeIds'> & {
  timeSubmitted: string
  timeCompleted: string | null
  /** Separated by commas: an array of PostgreSQL is slow to read. */
  odcsComposes: string | null
}

const SELECT = `
  select b.id, b.name, b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr", b.type, b.state,
    b.state_reason as "stateReason", b.time_submitted as "timeSubmitted", b.time_completed as "timeCompleted",
    b.dep_on_id as "depOnId", parent.name as "depOnName", b.event_id as "eventId", b.build_id as "buildId",
    b.build_args as "buildArgs", b.rebuild_reason as "rebuildReason",
    (select string_agg(c.odcs_compose_id::text, ',' order by c.id) from artifact_build_composes l
       join composes c on c.id = l.compose_id where l.build_id = b.id) as "odcsComposes"
  from artifact_builds b left join artifact_builds parent on parent.id = b.dep_on_id`

/** The builds with these ids, in the order of `ids`; unknown ids are skipped. */
export async function buildsByIds(em: EntityManager, ids: readonly number[]): Promise<BuildRecord[]> {
  if (ids.length === 0) return []
  const rows = await em.execute<Row[]>(`${SELECT} where b.id in (?)`, [ids])
  const byId = new Map(rows.map((row) => [row.id, toRecord(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** One build; inside a transaction it sees what that wrote so far (not what is still to be flushed). */
export async function buildById(em: EntityManager, id: number): Promise<BuildRecord | undefined> {
  return (await buildsByIds(em, [id]))[0]
}

/** The builds of each of these events by id; every event has an entry. */
export async function buildsOfEvents(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, BuildRecord[]>> {
  const builds = new Map<number, BuildRecord[]>(eventIds.map((id) => [id, []]))
  if (eventIds.length === 0) return builds
  const rows = await em.execute<Row[]>(`${SELECT} where b.event_id in (?) order by b.id`, [eventIds])
  for (const row of rows) if (row.eventId !== null) builds.get(row.eventId)?.push(toRecord(row))
  return builds
}

function toRecord({ odcsComposes, ...row }: Row): BuildRecord {
  return {
    ...row,
    odcsComposeIds: odcsComposes === null ? [] : odcsComposes.split(',').map(Number),
    timeSubmitted: new Date(row.timeSubmitted),
    timeCompleted: row.timeCompleted === null ? null : new Date(row.timeCompleted),
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
