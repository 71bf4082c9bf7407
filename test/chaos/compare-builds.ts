/** Compares events, builds and tries with the advisories that shipped and the tasks that the hub has. */
import type pg from 'pg'
import type { Lab } from '../../lab/start.ts'
import { EVENT_STATES } from '../../src/domain/event.ts'
import { BUILD_STATES } from '../../src/domain/rebuild/states.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { FIRST_ADVISORY, IMAGES_PER_ADVISORY } from './catalogue.ts'

type EventRow = { advisory: number; events: number; states: number[]; done: number; builds: number }

const { COMPLETE } = EVENT_STATES
const { DONE } = BUILD_STATES

/** One event for each advisory, complete with all its images; one task at the hub for each try, and no other. */
export async function buildErrors(database: pg.Pool, lab: Lab, shipped: number): Promise<string[]> {
  const { rows } = await database.query<EventRow>(
    `select e.search_key::int as advisory, count(distinct e.id)::int as events, array_agg(distinct e.state) as states,
            count(b.id) filter (where b.state = $1)::int as done, count(b.id)::int as builds
       from events e left join artifact_builds b on b.event_id = e.id group by e.search_key`,
    [DONE],
  )
  const byAdvisory = new Map(rows.map((row) => [row.advisory, row]))
  const events = Array.from({ length: shipped }, (_none, n) => FIRST_ADVISORY + n).flatMap((id) =>
    errorsOf(id, byAdvisory.get(id)),
  )
  return [...events, ...(await taskErrors(database, lab))]
}

function errorsOf(id: number, row: EventRow | undefined): string[] {
  if (!row) return [`lost: advisory ${id} has no event`]
  const isComplete = row.states.every((state) => state === COMPLETE)
  return [
    ...(row.events === 1 ? [] : [`twice: advisory ${id} has ${row.events} events`]),
    ...(isComplete ? [] : [`stuck: the event of advisory ${id} is in state ${row.states.join()}`]),
    ...(row.builds === IMAGES_PER_ADVISORY && row.done === row.builds
      ? []
      : [`stuck: of ${row.builds} builds for advisory ${id}, ${row.done} are done`]),
  ]
}

async function taskErrors(database: pg.Pool, lab: Lab): Promise<string[]> {
  const { rows } = await database.query<{ task: number }>('select task_id as task from build_tries')
  const tries = new Set(rows.map(({ task }) => task))
  const tasks = hubTasks(lab)
  const known = new Set(tasks.map(({ id }) => id))
  return [
    ...duplicateKeys(lab).map((key) => `twice: ${key} was submitted more than once`),
    ...tasks.filter(({ id }) => !tries.has(id)).map(({ id, key }) => `lost: task ${id} (${key}) has no try`),
    ...[...tries].filter((id) => !known.has(id)).map((id) => `unknown: a try has task ${id}`),
  ]
}
