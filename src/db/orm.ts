/** The database connection: MikroORM on PostgreSQL, one pool for a process, a fresh unit of work for each task. */
import { fileURLToPath } from 'node:url'
import { Migrator } from '@mikro-orm/migrations'
import { defineConfig, type EntityManager as FullManager, MikroORM } from '@mikro-orm/postgresql'
import { SpanKind } from '@opentelemetry/api'
import { storable } from '../lib/storable.ts'
import { endPool } from '../lib/stores/end-pool.ts'
import { watchedPool } from '../lib/stores/watched-pool.ts'
import { inSpan } from '../lib/tracing/span.ts'
import { ENTITIES } from './entities/index.ts'
import { retryIfGivenWay } from './give-way.ts'

/**
 * Everything through which values reach the database. A method that is not listed here cannot be called, so none bypasses
 * `lib/storable.ts`.
 */
const STORING = ['execute', 'insert', 'nativeUpdate', 'find', 'findOne'] as const

/** A unit of work: the statements of `queries/` take it, and every text in their parameters is made storable. */
export type EntityManager = Pick<FullManager, (typeof STORING)[number]> & {
  /** Runs `then` once the transaction is committed, and at once outside of one. It must not throw. For what a repeat would do again. */
  afterCommit(then: () => void): void
}

/** `once`: the work also does something elsewhere, which a repeat would do again. */
export type TransactionOptions = { once?: boolean }

/** What the rest of the program holds: `fork()` for reading, `transaction()` for anything that changes rows. */
export type Database = {
  orm: MikroORM
  /** A fresh unit of work; never share one between two jobs or requests. */
  fork(): EntityManager
  /**
   * Runs `work` in one transaction: everything it wrote is stored when it returns, or nothing. It runs again if PostgreSQL has
   * ended the transaction in favor of another one, unless `once` is set.
   */
  transaction<T>(work: (em: EntityManager) => Promise<T>, options?: TransactionOptions): Promise<T>
  close(): Promise<void>
}

/** The version of the server, as a check that it answers. @throws Error when it takes no changes, as a standby */
export async function serverVersion(db: Database): Promise<string> {
  const sql = `select current_setting('server_version') as version, current_setting('transaction_read_only') = 'on' as "isReadOnly"`
  const [row] = await db.fork().execute<{ version: string; isReadOnly: boolean }[]>(sql)
  if (row?.isReadOnly) throw new Error(`PostgreSQL ${row.version} is read-only`)
  return row?.version ?? ''
}

/** Settings for the ORM and its migrations; BullMQ's own schema in the same database is left alone. */
export function ormConfig(url: string, poolMax: number) {
  return defineConfig({
    entities: ENTITIES,
    clientUrl: url,
    pool: { min: 0, max: poolMax },
    // The ORM takes address and login alone out of its `clientUrl`: what follows, such as `sslmode`, would not count.
    driverOptions: { ...watchedPool(), connectionString: url },
    extensions: [Migrator],
    migrations: {
      path: fileURLToPath(new URL('./migrations', import.meta.url)),
      snapshot: false,
      emit: 'ts',
    },
    schemaGenerator: { ignoreSchema: ['bullmq'] },
    forceUtcTimezone: true,
    logger: () => undefined,
  })
}

const TRANSACTION = {
  name: 'transaction',
  kind: SpanKind.CLIENT,
  attributes: { 'db.system.name': 'postgresql' },
}

/** Opens (lazily) a pool of at most `poolMax` connections on `url`. */
export function openDatabase(url: string, poolMax: number): Database {
  const orm = new MikroORM(ormConfig(url, poolMax))
  return {
    orm,
    // The fork of a PostgreSQL ORM is a PostgreSQL manager. Each of its statements is a transaction of its own.
    fork: () => storing(orm.em.fork() as FullManager, retryIfGivenWay, (then) => then()),
    transaction: (work, { once = false } = {}) => {
      const attempt = () => inSpan(TRANSACTION, () => inTransaction(orm, work))
      return once ? attempt() : retryIfGivenWay(attempt)
    },
    // Not the ORM's own `close`: it makes Kysely forget the pool at once, so that a connection that is just being opened is never
    // returned, and its end is waited for forever.
    close: async () => endPool(await orm.em.getConnection('write').getNativeClient()),
  }
}

/**
 * By Kysely's own transaction: the ORM's never returns a connection to the pool that breaks while in use, so that once all
 * connections are lost that way, everything waits forever.
 */
async function inTransaction<T>(orm: MikroORM, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const connection = orm.em.getConnection('write')
  await connection.ensureConnection()
  const committed: (() => void)[] = []
  const result = await connection
    .getClient()
    .transaction()
    .execute(async (transaction) => {
      const em = orm.em.fork() as FullManager // the fork of a PostgreSQL ORM is a PostgreSQL manager
      em.setTransactionContext(transaction)
      return work(
        storing(
          em,
          (statement) => statement(),
          (then) => void committed.push(then),
        ),
      )
    })
  for (const then of committed) then()
  return result
}

/** Runs one statement. */
type Run = (statement: () => Promise<unknown>) => Promise<unknown>

/**
 * Makes every text that goes to the database storable: texts from outside come in many ways, and a job with one that PostgreSQL
 * refuses would fail at each attempt. Each statement is run by `run`.
 */
function storing(em: FullManager, run: Run, afterCommit: EntityManager['afterCommit']): EntityManager {
  for (const name of STORING) {
    const original: unknown = em[name]
    if (typeof original !== 'function') continue
    Reflect.set(em, name, (...args: unknown[]) => {
      const values = args.map(storable)
      return run(async () => Reflect.apply(original, em, values) as unknown)
    })
  }
  return Object.assign(em, { afterCommit })
}
