/** Options of every pool of connections to PostgreSQL: either end notices that the other one is gone. */
import type { ClientBase } from 'pg'
import { WatchedClient } from './watched-client.ts'

/**
 * A host that vanishes says nothing, and the server keeps its transactions, with all their locks, until TCP notices: after two hours,
 * unless the session wants it sooner. This takes about 35 s, over a Unix socket nothing is set.
 */
const NOTICE_LOST_HOST = `
  select set_config('tcp_keepalives_idle', '20', false), set_config('tcp_keepalives_interval', '5', false),
         set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '35000', false)`

/** A connection on which this fails is lost or works without it. */
export const WATCHED_POOL = {
  Client: WatchedClient,
  onConnect: async (client: ClientBase) => {
    await client.query(NOTICE_LOST_HOST).catch(() => undefined)
  },
}
