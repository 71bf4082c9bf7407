/** Options of every pool of connections to PostgreSQL: sessions as the statements expect them, and both ends notice when the other one is gone. */
import type pg from 'pg'
import { HALF_OPEN, WatchedClient } from './watched-client.ts'

/** What statements rely on, whatever the server, the database or the role sets for new sessions (decision 0096). */
const RELIED_ON = {
  default_transaction_isolation: 'read committed',
  datestyle: 'ISO, YMD',
  timezone: 'UTC',
}

/**
 * A host that vanishes does not close its connections: the server keeps its transactions, with all their locks, until TCP notices, by
 * default after two hours. With these settings it takes about 35 s; they do not apply to a Unix socket.
 */
const NOTICE_LOST_HOST = {
  tcp_keepalives_idle: '20',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '35000',
}

/**
 * `further`: more settings of the sessions. They are set by a statement, because poolers refuse most of them while a connection is
 * opened. A connection on which that fails is not used.
 */
export function watchedPool(further: Readonly<Record<string, string>> = {}) {
  const settings = JSON.stringify({ ...RELIED_ON, ...NOTICE_LOST_HOST, ...further })
  return {
    Client: WatchedClient,
    onConnect: async (client: pg.ClientBase) => {
      await client.query('select set_config(key, value, false) from json_each_text($1::json)', [settings])
    },
    /** The ORM calls it; the creator of a pool without the ORM must. */
    onPoolCreated: abandonTogether,
  }
}

/**
 * Closes all idle connections of the pool when one is found half-open: the others probably are too, and each would cost its next
 * user the time until that is noticed. New ones are opened when needed.
 */
function abandonTogether(pool: pg.Pool): void {
  const idle = new Set<pg.PoolClient>()
  pool.on('acquire', (client) => void idle.delete(client))
  pool.on('release', (_error, client) => void idle.add(client))
  pool.on('remove', (client) => void idle.delete(client))
  pool.on('connect', (client) => {
    client.on('error', ({ message }: Error) => {
      if (message !== HALF_OPEN) return
      const others = [...idle]
      idle.clear() // each of them reports the same failure
      for (const other of others) if (other instanceof WatchedClient) other.abandon()
    })
  })
}
