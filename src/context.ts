/** The composition root: everything that commands depend on, as one plain object passed as an argument. */
import { openQueueStore, type QueueStore } from '../queues/connection.ts'
import { openQueues, type Queues } from '../queues/enqueue.ts'
import { type Outlet, openOutlet } from './bus/outlet.ts'
import { type Clients, createClients } from './clients/index.ts'
import type { Settings } from './config/settings.ts'
import { countDatabase } from './db/counts/count-database.ts'
import { startBookkeeping } from './db/counts/flush.ts'
import { databaseUrl, migrate } from './db/migrate.ts'
import { type Database, openDatabase } from './db/orm.ts'
import { openPolicyStore, type PolicyStore } from './gate-input/policies/store.ts'
import { createLog, type Logger } from './lib/log.ts'
import { createMetrics, type Metrics } from './lib/metrics.ts'

/** The dependencies of commands and doors; use `Pick<Context, ...>` where a part is enough. */
export type Context = {
  settings: Settings
  log: Logger
  metrics: Metrics
  /** The clock; tests pass their own. */
  now: () => Date
  db: Database
  /** URL of `db`, for code that needs a separate connection. */
  databaseUrl: string
  queueStore: QueueStore
  queues: Queues
  clients: Clients
  /** The policies of the gate. */
  policies: PolicyStore
  /** Undefined when no broker is configured: then no messages are sent. */
  bus: Outlet | undefined
  close(): Promise<void>
}

/** Opens the database, migrating it first, and the queues. Safe to call in several processes at once. */
export async function createContext(
  settings: Settings,
  log = createLog(settings.env.LOG_LEVEL),
): Promise<Context> {
  const policies = await openPolicyStore(settings.env, log)
  const url = await databaseUrl(settings.env, log)
  const metrics = createMetrics()
  const db = countDatabase(openDatabase(url, 20), metrics)
  await migrate(db, url)
  const bookkeeping = startBookkeeping({ db, metrics, log })
  const bus = openOutlet(settings.env, log)
  const queueStore = openQueueStore(settings.env.REDIS_URL, url)
  const queues = openQueues(queueStore, (error) => log.warn({ err: error }, 'queue store error'))
  return {
    settings,
    log,
    metrics,
    now: () => new Date(),
    db,
    databaseUrl: url,
    queueStore,
    queues,
    clients: createClients(settings, log, metrics),
    policies,
    bus,
    close: async () => {
      await policies.close()
      await bus?.close()
      await queues.close()
      await queueStore.close()
      await bookkeeping.stop()
      await db.close()
    },
  }
}
