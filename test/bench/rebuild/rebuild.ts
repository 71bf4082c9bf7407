/** One event from the advisory's message to its end: the whole service as one process, in a lab with generated images. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { generateCatalogue } from '../../../lab/catalogue/generate.ts'
import { hashOf } from '../../../lab/hash.ts'
import { EVENT_STATES } from '../../../src/domain/event.ts'
import { startWorld, type TestWorld } from '../../support/lab/world.ts'
import { startProgram } from '../../support/programs/service-process.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'
import type { QueueStoreChoice, Stage } from '../bench.ts'
import { readUsage, type Usage } from './usage.ts'

const PATIENCE_MS = 600_000
const POLL_EVERY_MS = 20
const { COMPLETE } = EVENT_STATES

/** The images and builders; all images are affected. */
export type RebuildOptions = {
  images: number
  depth: number
  builders: number
  buildMs: (name: string) => number
  /** A settings file that replaces the one of all benches. */
  settingsFile?: string
  /** The durations of earlier builds by name, which determine the order (at any scale). Unknown when left out. */
  knownMs?: (name: string) => number
  /** Prepares the database before the service starts. */
  prepare?: (databaseUrl: string) => Promise<void>
  /** Other work, from before the message of the event until it is complete. */
  meanwhile?: (databaseUrl: string, env: Record<string, string>) => Promise<{ end(): Promise<void> }>
}

/** A build of the event; times are milliseconds since 1970 by the hub's clock. */
export type RebuiltImage = {
  image: string
  parent: string | null
  name: string
  /** When `buildContainer` reached the hub. */
  submittedAt: number
  /** When a builder closed the task. */
  closedAt: number
}

/** A finished event. */
export type Rebuild = {
  world: TestWorld
  builds: RebuiltImage[]
  /** Tasks whose end was published before their id was stored, so that the message was ignored; storing the id finds the end. */
  earlyEnds: number
  /** The times of the message and of the state COMPLETE in the database. */
  shippedAt: number
  completeAt: number
  usage: Usage
}

/** Runs the event. Messages drive it: polling and sweeping have their long default intervals. */
export async function rebuild(
  stage: Stage,
  store: QueueStoreChoice,
  options: RebuildOptions,
): Promise<Rebuild> {
  const { images, depth, builders, buildMs } = options
  const catalogue = generateCatalogue({ images, depth, rpmNames: 200, seed: 8, affectedShare: 1 })
  const builder = { parallelism: builders, durationMs: buildMs }
  const world = stage.keep(await startWorld({ catalogue, builder }), ({ stop }) => stop())
  const databaseUrl = await stage.newDatabase()
  const { settingsFile = 'test/bench/freshwave.yaml', knownMs, prepare, meanwhile } = options
  await prepare?.(databaseUrl)
  const settings = { FRESHWAVE_CONFIG: settingsFile, DATABASE_URL: databaseUrl, PORT: '0' }
  const clocks = { POLL_INTERVAL_MS: '60000', SWEEP_INTERVAL_MS: '60000' }
  const service = startProgram('all', { ...world.env, ...store.env, ...settings, ...clocks })
  stage.keep(service, ({ stop }) => stop())
  await service.ready()
  const client = stage.keep(new pg.Client({ connectionString: databaseUrl }), (open) => open.end())
  await client.connect()
  if (knownMs) await recordDurations(client, catalogue.images, knownMs)
  const earlier = await newestEvent(client)
  const other = await meanwhile?.(databaseUrl, { ...world.env, ...store.env })
  const shippedAt = Date.now()
  world.ship(ADVISORY)
  await untilComplete(client, earlier)
  const completeAt = Date.now()
  await other?.end()
  const builds = await readBuilds(client, world, earlier)
  const earlyEnds = await countIgnored(client)
  const usage = await readUsage(service, client, earlier)
  return { world, builds, earlyEnds, shippedAt, completeAt, usage }
}

async function recordDurations(
  client: pg.Client,
  images: readonly { name: string }[],
  knownMs: (name: string) => number,
): Promise<void> {
  const known = images.map(({ name }) => ({ name, seconds: Math.round(knownMs(name)) }))
  await client.query(
    'insert into build_durations (name, seconds) select d.name, d.seconds from jsonb_to_recordset($1::jsonb) as d (name text, seconds int)',
    [JSON.stringify(known)],
  )
}

/** The id of the newest existing event; 0: none. */
async function newestEvent(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>('select coalesce(max(id), 0)::int as id from events')
  return rows[0]?.id ?? 0
}

async function untilComplete(client: pg.Client, earlier: number): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query<{ state: number; reason: string | null }>(
      'select state, state_reason as reason from events where id > $1 order by id desc limit 1',
      [earlier],
    )
    const [event] = rows
    if (event?.state === COMPLETE) return
    if ((event?.state ?? 0) > COMPLETE) throw new Error(`The event did not complete: ${event?.reason}`)
    if (Date.now() > giveUpAt) throw new Error(`The event was not complete after ${PATIENCE_MS / 1000} s`)
    await sleep(POLL_EVERY_MS)
  }
}

async function readBuilds(client: pg.Client, world: TestWorld, earlier: number): Promise<RebuiltImage[]> {
  const { rows } = await client.query<{ image: string; parent: string | null; name: string; task: number }>(
    `select b.original_nvr as image, p.original_nvr as parent, b.name, b.build_id as task
       from artifact_builds b left join artifact_builds p on p.id = b.dep_on_id where b.event_id > $1`,
    [earlier],
  )
  return rows.map(({ task: id, ...row }) => {
    const task = world.lab.world.koji.tasks.get(id)
    if (!task?.completedAt) throw new Error(`${row.image} was not built`)
    return { ...row, submittedAt: task.createdAt, closedAt: task.completedAt }
  })
}

/** In this world all messages about tasks are about tasks of the service. */
async function countIgnored(client: pg.Client): Promise<number> {
  const sql =
    "select count(*)::int as n from inbox where state = 'ignored' and meaning ->> 'kind' = 'task-ended'"
  const { rows } = await client.query<{ n: number }>(sql)
  return rows[0]?.n ?? 0
}

/** A time between `shortest` and `longest` that depends on the name only. */
export function spreadMs(name: string, shortest: number, longest: number): number {
  return shortest + (hashOf(name) % (longest - shortest + 1))
}
