/**
 * One connection on which all workers of a process listen for jobs (decision 0070). BullMQ opens one for each worker, and PostgreSQL
 * wakes every listening connection of a database for each notification, whatever queue it is about.
 */
import {
  type BackendFactory,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
} from 'bullmq'
import type pg from 'pg'
import { type JobNews, JobNotices } from './job-notices.ts'

/** The name of these connections in the database: there is one for each process with workers. */
export const LISTENER = 'freshwave queues'

/** As with Redis. */
const MAX_WAIT_S = 10

const LISTENERS = `
  select pid as id, coalesce(host(client_addr) || ':' || client_port, 'local') as addr,
         extract(epoch from now() - backend_start)::int as age
    from pg_stat_activity where datname = current_database() and application_name = $1`

/** The backends for BullMQ's `withBackend`, which share a connection until `close`. */
export type Listener = {
  createBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions>
  close(): Promise<void>
}

/** Call it before the pool has connections. Opens its own when the first worker is made. */
export function openListener(pool: pg.Pool): Listener {
  const isOwnSession = sessionsOf(pool)
  let shared: PostgresConnection | undefined
  const listening = () => {
    if (shared) return shared
    shared = new ListeningConnection(pool, isOwnSession)
    shared.setMaxListeners(0) // each worker adds one
    shared.setListenClientName(LISTENER).catch(() => undefined) // without a connection yet; the next one gets the name
    return shared
  }
  return {
    createBackend: (name, options, { withBlockingConnection, blocking } = {}) => {
      const connection =
        withBlockingConnection || blocking
          ? new SharingConnection(pool, listening())
          : new PostgresConnection(pool)
      return new Backend(connection, name, options)
    },
    close: async () => shared?.close(),
  }
}

/** Recognizes the sessions of a pool by the number that PostgreSQL gives each, which the types of pg do not have. */
function sessionsOf(pool: pg.Pool): JobNews['isOwnSession'] {
  const sessions = new Set<unknown>()
  pool.on('connect', (client) => sessions.add(Reflect.get(client, 'processID')))
  pool.on('remove', (client) => sessions.delete(Reflect.get(client, 'processID')))
  return (processId) => sessions.has(processId)
}

const HAS_WAITING = `select exists (select from job where queue = $1 and state = 'waiting') as "hasWaiting"`

/** The shared connection; workers get the notices of each of its clients by way of `JobNotices`. */
class ListeningConnection extends PostgresConnection {
  readonly #news: JobNews
  readonly #notices = new WeakMap<object, JobNotices>()

  constructor(pool: pg.Pool, isOwnSession: JobNews['isOwnSession']) {
    super(pool)
    const hasWaiting = async (queue: string) => {
      const { rows } = await pool.query<{ hasWaiting: boolean }>(HAS_WAITING, [queue])
      return rows[0]?.hasWaiting ?? true
    }
    this.#news = { isOwnSession, hasWaiting }
  }

  override async getListenClient() {
    const client = await super.getListenClient()
    const notices = this.#notices.get(client) ?? new JobNotices(client, this.#news)
    this.#notices.set(client, notices)
    return notices
  }
}

/** The connection of one worker, which listens on the shared one. */
class SharingConnection extends PostgresConnection {
  readonly #shared: PostgresConnection
  /** Makes a worker that waits on a lost connection wait on the next one. */
  readonly #onLost = () => this.emit('listenerinvalidated')
  readonly #onError = (error: Error) => this.emit('error', error) // the backend listens to it from its start

  constructor(pool: pg.Pool, shared: PostgresConnection) {
    super(pool)
    this.#shared = shared
    shared.on('listenerinvalidated', this.#onLost)
    shared.on('error', this.#onError)
  }

  override getListenClient() {
    return this.#shared.getListenClient()
  }

  override close() {
    this.#shared.off('listenerinvalidated', this.#onLost)
    this.#shared.off('error', this.#onError)
    return super.close()
  }
}

/**
 * A backend that lists the shared connections as the workers of its queue, since each process has a worker for every queue. The
 * lines have the form of Redis: the board of the queues shows workers without an address as unknown.
 */
class Backend extends PostgresQueueBackend {
  /**
   * After an error a worker waits for the next notice for as long as this. BullMQ's value is an hour, during which a job that was
   * added before would wait too, if the look for such jobs fails as well.
   */
  override get maximumBlockTimeout(): number {
    return MAX_WAIT_S
  }

  override async getClientList(): Promise<string[]> {
    type Row = { id: number; addr: string; age: number }
    const { rows } = await this.connection.pool.query<Row>(LISTENERS, [LISTENER])
    return [
      rows.map(({ id, addr, age }) => `id=${id} addr=${addr} age=${age} name=${this.queueName}`).join('\n'),
    ]
  }
}
