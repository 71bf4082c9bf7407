/**
 * One connection on which all workers of a process listen for jobs (decision 0070). BullMQ opens one for each worker, and PostgreSQL
 * wakes every listening connection of a database for each notification, whatever queue it is about.
 */
import { EventEmitter } from 'node:events'
import {
  type BackendFactory,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
} from 'bullmq'
import type pg from 'pg'

/** The name of these connections in the database: there is one for each process with workers. */
export const LISTENER = 'freshwave queues'

const LISTENERS = `
  select pid as id, coalesce(host(client_addr) || ':' || client_port, 'local') as addr,
         extract(epoch from now() - backend_start)::int as age
    from pg_stat_activity where datname = current_database() and application_name = $1`

/** The backends for BullMQ's `withBackend`, which share a connection until `close`. */
export type Listener = {
  createBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions>
  close(): Promise<void>
}

/** Opens its connection when the first worker is made. */
export function openListener(pool: pg.Pool): Listener {
  let shared: PostgresConnection | undefined
  const listening = () => {
    if (shared) return shared
    shared = new ListeningConnection(pool)
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

/** The shared connection; prepares each client that it listens on once. */
class ListeningConnection extends PostgresConnection {
  readonly #prepared = new WeakSet<object>()

  override async getListenClient() {
    const client = await super.getListenClient()
    if (!this.#prepared.has(client)) prepare(client)
    this.#prepared.add(client)
    return client
  }
}

/** Queues the statements of a client: all workers begin to listen at once, but pg takes one statement after the other. */
function prepare(client: Awaited<ReturnType<PostgresConnection['getListenClient']>>): void {
  if (client instanceof EventEmitter) client.setMaxListeners(0) // each worker that waits adds one
  const query = client.query.bind(client)
  let last: Promise<unknown> = Promise.resolve()
  client.query = <R>(text: string, values?: readonly unknown[]) => {
    const next = last.then(() => query<R>(text, values))
    last = next.catch(() => undefined)
    return next
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
  override async getClientList(): Promise<string[]> {
    type Row = { id: number; addr: string; age: number }
    const { rows } = await this.connection.pool.query<Row>(LISTENERS, [LISTENER])
    return [
      rows.map(({ id, addr, age }) => `id=${id} addr=${addr} age=${age} name=${this.queueName}`).join('\n'),
    ]
  }
}
