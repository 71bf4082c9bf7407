/** The progress of an event, observed from outside, by which tests choose when to interfere. */
import type { Database } from '../../../src/db/orm.ts'
import { eventStateName } from '../../../src/domain/event.ts'
import { hubTasks } from '../lab/hub-tasks.ts'
import { requestsTo } from '../lab/requests.ts'
import type { TestWorld } from '../lab/world.ts'

/** The progress of the only event of a world. */
export type Progress = {
  /** Number of stored messages about advisories. */
  stored: number
  /** Undefined before the event exists. */
  state: string | undefined
  /** Whether discovery has stored its findings. */
  found: boolean
  /** Number of builds that have ended. */
  ended: number
  /** Number of messages that wait to be sent. */
  unsent: number
  /** Number of requests to the catalogue of images. */
  catalogueRequests: number
  /** Number of tasks submitted to the build system. */
  tasks: number
}

type Row = { stored: number; state: number | null; found: boolean; ended: number; unsent: number }

const PROGRESS = `
  select (select count(*)::int from inbox where topic like '%errata.activity.status') as stored,
         (select max(state) from events) as state,
         exists (select 1 from event_findings) as found,
         (select count(*)::int from artifact_builds where state in (1, 2, 3)) as ended,
         (select count(*)::int from outbox where published_at is null) as unsent`

/** Reads the progress, which takes a few milliseconds. */
export async function readProgress({ lab }: TestWorld, db: Database): Promise<Progress> {
  const [row] = await db.fork().execute<Row[]>(PROGRESS)
  return {
    stored: row?.stored ?? 0,
    state: row?.state == null ? undefined : eventStateName(row.state),
    found: row?.found ?? false,
    ended: row?.ended ?? 0,
    unsent: row?.unsent ?? 0,
    catalogueRequests: requestsTo(lab.world, 'pyxis'),
    tasks: hubTasks(lab).length,
  }
}
