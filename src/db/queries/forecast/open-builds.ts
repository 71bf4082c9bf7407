/** Reads what a forecast is made from: open builds, recorded durations, and how recent attempts ended. */
import { type History, nameOnTarget } from '../../../domain/rebuild/forecast/experience.ts'
import type { OpenBuild } from '../../../domain/rebuild/forecast/workload.ts'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { buildIs, eventIs } from '../conditions.ts'

/** Newest records of a name that are used; older ones are poor evidence of how long it takes now. */
const RECORDS_OF_NAME = 20
/** Newest records of all names: what is usual, and how far single builds differ. */
const RECORDS = 2000
/** Newest attempts that are looked at, and how far back. */
const ATTEMPTS = 2000
const LATELY = "interval '14 days'"

type Row = Omit<OpenBuild, 'attemptsLeft'> & { retryCount: number }

const OPEN = `
  select b.id, b.event_id as "eventId", b.name, b.dep_on_id as "dependsOn", b.target, b.remaining_path_s as "remainingPathS",
         case when ${buildIs('b', 'BUILD')} then coalesce(extract(epoch from ?::timestamptz - b.task_submitted_at), 0)::float8
         end as "runningS",
         coalesce(greatest(0, extract(epoch from b.submit_after - ?::timestamptz)), 0)::float8 as "delayS",
         b.retry_count as "retryCount"
    from artifact_builds b join events e on e.id = b.event_id
   where ${buildIs('b', 'BUILD', 'PLANNED')} and ${eventIs('e', 'BUILDING')} and not coalesce(e.dry_run, false)
   order by b.id`

/** The open builds of all events that are BUILDING; without those of dry runs, which take no time and no builder. */
export async function openBuilds(em: EntityManager, now: Date, maxAttempts: number): Promise<OpenBuild[]> {
  const rows = await em.execute<Row[]>(OPEN, [now, now])
  return rows.map(({ retryCount, ...row }) => ({
    ...row,
    attemptsLeft: Math.max(1, maxAttempts - retryCount),
  }))
}

/** Seconds of the newest builds of these names, and of the newest builds of any name. */
export async function readHistory(em: EntityManager, names: ReadonlySet<string>): Promise<History> {
  const sql = `
    with records as (
      select d.id, d.name, d.seconds
        from jsonb_array_elements_text(?::jsonb) as n(name)
        cross join lateral (select id, name, seconds from build_durations where name = n.name
                             order by recorded_at desc limit ${RECORDS_OF_NAME}) d
       union
      (select id, name, seconds from build_durations order by id desc limit ${RECORDS}))
    select name, array_agg(seconds order by id desc) as seconds from records group by name`
  const rows = await em.execute<{ name: string; seconds: number[] }[]>(sql, [storableJson([...names])])
  return new Map(rows.map(({ name, seconds }) => [name, seconds]))
}

/** Seconds of the newest builds of these names on these targets, by `nameOnTarget`. */
export async function readHistoryOnTargets(
  em: EntityManager,
  builds: readonly Pick<OpenBuild, 'name' | 'target'>[],
): Promise<History> {
  const pairs = new Map(
    builds.flatMap(({ name, target }) =>
      target === null ? [] : [[nameOnTarget(name, target), { name, target }]],
    ),
  )
  const sql = `
    select n.name, n.target, array_agg(d.seconds order by d.id desc) as seconds
      from jsonb_to_recordset(?::jsonb) as n(name text, target text)
      cross join lateral (select id, seconds from build_durations where name = n.name and target = n.target
                           order by recorded_at desc limit ${RECORDS_OF_NAME}) d
     group by n.name, n.target`
  const rows = await em.execute<{ name: string; target: string; seconds: number[] }[]>(sql, [
    storableJson([...pairs.values()]),
  ])
  return new Map(rows.map(({ name, target, seconds }) => [nameOnTarget(name, target), seconds]))
}

/** The newest attempts that ended by themselves, how many of them failed, and the max number that ran at once. */
export async function recentAttempts(
  em: EntityManager,
  now: Date,
): Promise<{ ended: number; failed: number; maxAtOnce: number }> {
  const sql = `
    with recent as (
      select * from (select began, ended, state from build_tries where task_id > 0 order by id desc limit ${ATTEMPTS}) newest
       where began > ?::timestamptz - ${LATELY}),
    steps as (
      select sum(step) over (order by at, step) as running
        from (select began as at, 1 as step from recent union all select ended, -1 from recent where ended is not null) moves)
    select (count(*) filter (where state <> 'CANCELED'))::int as ended,
           (count(*) filter (where state not in ('DONE', 'CANCELED')))::int as failed,
           (select coalesce(max(running), 0)::int from steps) as "maxAtOnce"
      from recent`
  const [row] = await em.execute<{ ended: number; failed: number; maxAtOnce: number }[]>(sql, [now])
  return row ?? { ended: 0, failed: 0, maxAtOnce: 0 }
}
