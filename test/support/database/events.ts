/** Reads an event and its builds from the database, for tests that check the outcome. */
import type { Database } from '../../../src/db/orm.ts'
import { buildsByIds } from '../../../src/db/queries/records/build-rows.ts'
import { eventStateName } from '../../../src/domain/event.ts'
import { buildStateName, isTerminalEventState } from '../../../src/domain/rebuild/states.ts'

/** An event as tests see it; `ended`: it is in a terminal state. */
export type EndedEvent = {
  id: number
  state: string
  stateReason: string | null
  ended: boolean
  builds: EndedBuild[]
}
/** A build as tests see it. */
export type EndedBuild = {
  id: number
  originalNvr: string
  rebuiltNvr: string | null
  state: string
  stateReason: string | null
  depOnId: number | null
  taskId: number | null
  args: Record<string, unknown>
}

type Row = { id: number; state: number; state_reason: string | null }

/** The newest event with this search key. */
export async function readEvent(db: Database, searchKey: number | string): Promise<EndedEvent | undefined> {
  const sql = 'select id, state, state_reason from events where search_key = ? order by id desc limit 1'
  const [row] = await db.fork().execute<Row[]>(sql, [String(searchKey)])
  return row && withBuilds(db, row)
}

/** The event with this id. */
export async function readEventById(db: Database, id: number): Promise<EndedEvent | undefined> {
  const sql = 'select id, state, state_reason from events where id = ?'
  const [row] = await db.fork().execute<Row[]>(sql, [id])
  return row && withBuilds(db, row)
}

async function withBuilds(db: Database, row: Row): Promise<EndedEvent> {
  const em = db.fork()
  const ids = await em.execute<{ id: number }[]>(
    'select id from artifact_builds where event_id = ? order by id',
    [row.id],
  )
  const builds = await buildsByIds(
    em,
    ids.map(({ id }) => id),
  )
  const state = eventStateName(row.state) ?? 'INITIALIZED'
  return {
    id: row.id,
    state,
    stateReason: row.state_reason,
    ended: isTerminalEventState(state),
    builds: builds.map((build) => ({
      id: build.id,
      originalNvr: build.originalNvr ?? '',
      rebuiltNvr: build.rebuiltNvr,
      state: buildStateName(build.state) ?? '',
      stateReason: build.stateReason,
      depOnId: build.depOnId,
      taskId: build.buildId,
      args: JSON.parse(build.buildArgs ?? '{}'),
    })),
  }
}

/** The number of outbox messages that no broker has accepted yet. */
export async function countWaitingMessages(db: Database): Promise<number> {
  const sql = 'select count(*)::int as n from outbox where published_at is null'
  const [row] = await db.fork().execute<{ n: number }[]>(sql)
  return row?.n ?? 0
}
