/** How far an event has come, as seen from outside: what tests choose their moments by. */
import type { Database } from '../../src/db/orm.ts'
import { eventStateName } from '../../src/domain/event.ts'
import { hubTasks } from './hub-tasks.ts'
import type { TestWorld } from './world.ts'

/** A look at the only event of a world. */
export type Progress = {
  /** Messages about advisories that are stored. */
  stored: number
  /** Undefined before there is an event. */
  state: string | undefined
  /** Whether discovery has stored what it found. */
  found: boolean
  /** Builds that have ended. */
  ended: number
  /** Messages out that wait to be sent. */
  unsent: number
  /** Requests to the catalogue of images. */
  catalogueRequests: number
  /** Tasks the build system has been asked for. */
  tasks: number
}

type Row = { stored: number; state: number | null; found: boolean; ended: number; unsent: number }

const LOOK = `
  select (select count(*)::int from inbox where topic like '%errata.activity.status') as stored,
         (select max(state) from events) as state,
         exists (select 1 from event_findings) as found,
         (select count(*)::int from artifact_builds where state in (1, 2, 3)) as ended,
         (select count(*)::int from outbox where published_at is null) as unsent`

/** Takes a few milliseconds. */
export async function lookAt({ lab }: TestWorld, db: Database): Promise<Progress> {
  const [row] = await db.fork().execute<Row[]>(LOOK)
  const requests = [...lab.world.requests].filter(([what]) => what.startsWith('pyxis '))
  return {
    stored: row?.stored ?? 0,
    state: row?.state == null ? undefined : eventStateName(row.state),
    found: row?.found ?? false,
    ended: row?.ended ?? 0,
    unsent: row?.unsent ?? 0,
    catalogueRequests: requests.reduce((sum, [, times]) => sum + times, 0),
    tasks: hubTasks(lab).length,
  }
}
