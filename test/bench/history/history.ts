/** Fills a database with years of history, in SQL: events and builds as they exist after long use. */
import pg from 'pg'

/** The size of the history. */
export const HISTORY = { events: 150_000, builds: 1_000_000, names: 3000, composes: 2000 }

/** The advisory of an event; every third event is a second event for the same advisory. */
const SEARCH_KEY = '(100000 + e - e / 3)'
/** Most events are small, every 10th has 20 builds, every 100th about three hundred: 1,000,000 in total. */
const BUILDS_OF_EVENT = `
  case when e % 300 = 0 then 308 when e % 100 = 0 then 306 when e % 10 = 0 then 20 else 2 end`
/** The newest events are in progress; most of the others succeeded. */
const isNewest = `e > ${HISTORY.events} - 40`
const EVENT_STATE = `
  case when ${isNewest} then 1 when e % 20 = 3 then 3 when e % 10 = 7 then 4 else 2 end`
const BUILD_STATE = `
  case when ${isNewest} then case when n % 3 = 0 then 0 else 4 end
       when abs(hashint4(id::int) % 100) < 5 then 2 when abs(hashint4(id::int) % 100) < 7 then 3 else 1 end`
/** Unique among the builds of an event; the NVR, which ends in the number of the event, is unique too. */
const BUILD_NAME = `'image-' || (n * 37 + e * 11) % ${HISTORY.names} || '-container'`

const EVENTS = `
  insert into events (id, message_id, search_key, event_type_id, state, state_reason, time_created, time_done)
  select e, 'ID:bench-' || e || '.RHSA-2026:' || e, ${SEARCH_KEY}::text, 10, ${EVENT_STATE},
         'Advisory ' || ${SEARCH_KEY} || ': its outcome, in one sentence of typical length.',
         now() - (${HISTORY.events} - e) * interval '10 minutes', now() - (${HISTORY.events} - e) * interval '9 minutes'
    from generate_series(1, ${HISTORY.events}) e`

/** Within an event the n-th build is based on the (n/3)-th, so every build has up to three children. */
const BUILDS = `
  insert into artifact_builds (id, name, original_nvr, rebuilt_nvr, type, state, state_reason, time_submitted,
                               time_completed, dep_on_id, event_id, build_id, build_args, rebuild_reason)
  select id, name, name || '-1.0-' || e, name || '-1.0-' || e || '.1763700000', 1, ${BUILD_STATE}, 'Built successfully.',
         now() - (${HISTORY.builds} - id) * interval '90 seconds', now() - (${HISTORY.builds} - id) * interval '80 seconds',
         case when n > 1 then id - n + greatest(1, n / 3) end, e, 60000000 + id,
         '{"repository": "containers/' || name || '", "commit": "' || md5(id::text) || '", "original_parent": null,'
           || ' "target": "example-9-containers-candidate", "branch": "example-9", "arches": null,'
           || ' "renewed_odcs_compose_ids": [7001, 7002], "flatpak": false, "isolated": true}', 1
    from (select row_number() over (order by e, n) as id, e, n,
                 ${BUILD_NAME} as name
            from generate_series(1, ${HISTORY.events}) e, generate_series(1, ${BUILDS_OF_EVENT}) n) planned`

const REST = [
  `insert into composes (id, odcs_compose_id, state) select n, 7000 + n, 2 from generate_series(1, ${HISTORY.composes}) n`,
  `insert into artifact_build_composes (build_id, compose_id)
   select id, 1 + id % ${HISTORY.composes} from generate_series(1, ${HISTORY.builds}, 5) id`,
  `insert into event_dependencies (event_id, event_dependency_id)
   select e, e - 1 from generate_series(10, ${HISTORY.events}, 10) e`,
]

/** Lets a service continue after the history: sequences beyond its ids, and no work that a sweep would find. */
const ENDED = [
  'update events set state = 2 where state = 1',
  'update artifact_builds set state = 1, time_completed = now() where state in (0, 4)',
  ...['events', 'artifact_builds', 'composes'].map(
    (table) => `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`,
  ),
]

/** Fills the migrated, empty database at `url`, which takes about half a minute; `ended`: none of it is in progress. */
export async function writeHistory(url: string, { ended = false } = {}): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(EVENTS)
    await withoutUpkeep(client, 'artifact_builds', () => client.query(BUILDS))
    for (const sql of [...REST, ...(ended ? ENDED : [])]) await client.query(sql)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

/** Creates indexes after the rows, and skips the checks of foreign keys, which are valid by construction. */
async function withoutUpkeep(client: pg.Client, table: string, write: () => Promise<unknown>): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes where tablename = $1
        and indexname not in (select conname from pg_constraint where conrelid = $1::regclass)`,
    [table],
  )
  for (const { name } of indexes) await client.query(`drop index "${name}"`)
  await client.query(`alter table ${table} disable trigger all, enable trigger user`)
  await write()
  await client.query(`alter table ${table} enable trigger all`)
  for (const { definition } of indexes) await client.query(definition)
}
