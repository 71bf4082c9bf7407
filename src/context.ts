/** The composition root: everything a command needs, as one plain object that is passed as an argument. */
import type { QueueName } from '../queues/catalog.ts'
import { openQueueStore, probeRedis } from '../queues/connection.ts'
import { openQueues, type Queues } from '../queues/enqueue.ts'
import type { QueueStore } from '../queues/store.ts'
import { type BusPublisher, openBusPublisher } from './bus/publisher.ts'
import type { Receiving } from './bus/receive.ts'
import { type Clients, createClients } from './clients/index.ts'
import type { Settings } from './config/settings.ts'
import { countDatabase } from './db/counts/count-database.ts'
import { startFlushing } from './db/counts/flush.ts'
import { createDatabaseClock, keepComparing } from './db/database-clock.ts'
import { findDatabase } from './db/find.ts'
import { migrate } from './db/migrate.ts'
import { type Database, openDatabase } from './db/orm.ts'
import type { JobCounts } from './db/queries/pages/job-counts.ts'
import type { Totals } from './db/queries/records/select-page.ts'
import type { ClaimedBuild } from './domain/rebuild/submit/claimed-build.ts'
import type { Fact, Outcome } from './domain/rebuild/transition/facts.ts'
import { openPolicyStore, type PolicyStore } from './gate-input/policies/store.ts'
import { createCacheByCost } from './lib/async/cache-by-cost.ts'
import { type CachedAnswer, createCachedAnswer } from './lib/async/cached-answer.ts'
import { withinTime } from './lib/async/deadline.ts'
import { createKeyedBatches, type KeyedBatches } from './lib/async/keyed-batches.ts'
import { messageOf } from './lib/errors.ts'
import { createLog, type Logger } from './lib/log.ts'
import { createMetrics, type Metrics } from './lib/metrics/metrics.ts'
import { type Persistence, persist, untilReachable } from './lib/until-reachable.ts'

/** Max facts that one transaction judges, so that none holds the lock of an event for long. */
const MAX_FACTS = 100
/** Max builds that one transaction claims; `submit` has as many slots. */
const MAX_CLAIMS = 100
/** How long counted jobs are cached for pages of the queues and scrapes of the metrics. */
const JOB_COUNTS_MS = 1000
/** Lists up to this length are counted again for each page; the totals of longer ones are cached for a while. */
const MAX_COUNTED = 100_000

/** What commands and doors work with; take `Pick<Context, ...>` where a part is enough. */
export type Context = {
  settings: Settings
  log: Logger
  metrics: Metrics
  /** The clock of the database, or without one that of the machine; tests pass their own. */
  now: () => Date
  db: Database
  /** The address of `db`, for code that needs its own connection. */
  databaseUrl: string
  queueStore: QueueStore
  queues: Queues
  clients: Clients
  /** Facts that wait for their event, by id of the event. */
  facts: KeyedBatches<number, Fact, Outcome>
  /** Ids of builds that wait for their claim, by its length in ms; 'alone': see `claimBuild`. */
  claims: KeyedBatches<number, number, ClaimedBuild | undefined | 'alone'>
  /** The last numbers of jobs; cached, since counting takes time of the queue store that its workers need. */
  jobCounts: CachedAnswer<Map<QueueName, JobCounts>>
  /** The cached totals of long lists: messages of the inbox, entries of the audit. */
  totals: Totals
  /** The policies of the gate. */
  policies: PolicyStore
  /** Undefined when no broker is configured: then no messages are sent. */
  bus: BusPublisher | undefined
  /** What this process receives from the bus, where it does. */
  receptions: Receiving[]
  /** Aborted when a stop takes long: work that is still under way then ends, and another process continues with it. */
  endWork: AbortController
  close(): Promise<void>
}

const LOGOUT_MS = 1000

/** The part that decisions of the gate need: neither database nor queues. */
export type GateContext = Pick<
  Context,
  'settings' | 'log' | 'metrics' | 'now' | 'clients' | 'policies' | 'close'
>

/** Reads the policies; opens no connection yet. */
export async function createGateContext(
  settings: Settings,
  log = createLog(settings.env.LOG_LEVEL),
  now = () => new Date(),
): Promise<GateContext> {
  const policies = await openPolicyStore(settings.env, log)
  const metrics = createMetrics()
  metrics.policyProblems(() => policies.status().problems.length)
  const clients = createClients(settings, log, metrics, now)
  return {
    settings,
    log,
    metrics,
    now,
    clients,
    policies,
    close: async () => {
      await Promise.all([policies.close(), logOut(clients, log)])
    },
  }
}

/** The hub would keep the session of an ended process for hours. A stop does not wait for a hub that does not answer. */
async function logOut({ koji }: Clients, log: Logger): Promise<void> {
  if (!koji) return
  await withinTime(koji.close(), LOGOUT_MS).catch((error: unknown) =>
    log.info({ reason: messageOf(error) }, 'could not log out from Koji'),
  )
}

/**
 * Opens database (migrating it) and queues, and waits for them if they are still starting; safe to call in several
 * processes at once.
 */
export async function createContext(
  settings: Settings,
  log = createLog(settings.env.LOG_LEVEL),
): Promise<Context> {
  const clock = createDatabaseClock()
  const [gate, server] = await Promise.all([
    createGateContext(settings, log, clock.now),
    findDatabase(settings, log),
    untilRedisAnswers(settings, log),
  ])
  const { metrics } = gate
  const { url } = server
  const db = countDatabase(openDatabase(url, 20), metrics)
  const persistence = persistenceOf(settings, log)
  await persist(() => migrate(db, url), persistence)
  await persist(() => clock.compare(db, log), persistence)
  const queueStore = await openQueueStore(settings.env, url)
  await persist(queueStore.prepare, persistence)
  const flushing = startFlushing({ db, metrics, log })
  const comparing = keepComparing(clock, db, log)
  const bus = openBusPublisher(settings.env, log)
  const queues = openQueues(queueStore, (error) => log.warn({ err: error }, 'queue store connection error'))
  await queues.untilReady(persistence)
  return {
    ...gate,
    db,
    databaseUrl: url,
    queueStore,
    queues,
    facts: createKeyedBatches(MAX_FACTS),
    claims: createKeyedBatches(MAX_CLAIMS),
    jobCounts: createCachedAnswer(JOB_COUNTS_MS),
    totals: createCacheByCost((total) => total > MAX_COUNTED),
    bus,
    receptions: [],
    endWork: new AbortController(),
    close: async () => {
      await gate.close()
      await bus?.close()
      await queues.close()
      await queueStore.close()
      await flushing.stop()
      await comparing.stop()
      await db.close()
      await server.close()
    },
  }
}

/** How long steps of the start are repeated when their connections break. */
export function persistenceOf({ file }: Settings, log: Logger): Persistence {
  return {
    patienceS: file.start_patience_s,
    firstFailure: (reason) => log.warn({ reason }, 'connection lost during startup, retrying'),
  }
}

async function untilRedisAnswers({ env, file }: Settings, log: Logger): Promise<void> {
  const { REDIS_URL: url } = env
  if (!url) return
  const service = { name: 'Redis', setting: 'REDIS_URL', url }
  const { evictionPolicy } = await untilReachable(service, () => probeRedis(url, env), {
    patienceS: file.start_patience_s,
    log,
  })
  if (evictionPolicy && evictionPolicy !== 'noeviction')
    log.warn(
      { evictionPolicy },
      'Redis may drop jobs when its memory is full; set maxmemory-policy noeviction',
    )
}
