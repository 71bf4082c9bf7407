/** Connections to PostgreSQL that notice when nothing at the other end reads them any more (decision 0048). */
import pg from 'pg'

/** A statement without a byte of an answer for this long makes the connection suspect. */
const QUIET_MS = 4000
/** A connection that only listens has no statement: it gets one this often. Pools close idle ones sooner. */
const IDLE_MS = 15_000
const LOOK_EVERY_MS = 1000
const CONNECT_PATIENCE_MS = 5000

/** What of the client's own parts is needed and missing in the types of pg. */
type Inside = {
  /** False while a statement waits for its answer. */
  readyForQuery: boolean
  processID: number | null
  connection: { stream: { bytesRead: number; destroy(error: Error): void; destroyed: boolean } }
}

/**
 * A client whose connection may go half-open: a proxy or the network in between drops it without telling both ends.
 * TCP would notice after a quarter of an hour, or never. A statement that stays without an answer is therefore looked up over a
 * second connection: where the server does not work on it, the connection is destroyed, which fails the statement as every
 * lost connection does. A long statement goes on. Lost connections never end the process.
 */
export class WatchedClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
    const ping = () => void this.query('select 1').catch(() => undefined)
    const stopWatching = watch(this as unknown as Inside, config, ping) // members of every pg.Client
    this.once('end', stopWatching)
  }
}

function watch(client: Inside, config: pg.ClientConfig | undefined, ping: () => void): () => void {
  let heard = { bytes: -1, at: performance.now() }
  let idleSince = performance.now()
  let asking = false
  /** TLS puts a stream of its own in place of the first one. */
  const stream = () => client.connection.stream
  const isQuiet = () => !client.readyForQuery && stream().bytesRead === heard.bytes
  const look = async () => {
    const now = performance.now()
    if (!client.readyForQuery) idleSince = now
    else if (now - idleSince >= IDLE_MS) ping()
    if (!isQuiet()) heard = { bytes: stream().bytesRead, at: now }
    const session = client.processID
    if (asking || stream().destroyed || now - heard.at < (session ? QUIET_MS : CONNECT_PATIENCE_MS)) return
    asking = true
    const isWorking = session !== null && (await worksOn(session, config).catch(() => true))
    asking = false
    if (!isWorking && isQuiet())
      stream().destroy(new Error('the database does not answer on this connection'))
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return () => clearInterval(timer)
}

/** Whether the server works on a statement of this session. @throws Error when it cannot be asked: then nothing is known */
async function worksOn(session: number, config: pg.ClientConfig | undefined): Promise<boolean> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_PATIENCE_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const query = client.query<{ active: boolean }>(
      "select state in ('active', 'fastpath function call') as active from pg_stat_activity where pid = $1",
      [session],
    )
    return (await withinPatience(query)).rows[0]?.active ?? false
  } finally {
    void client.end().catch(() => undefined)
  }
}

function withinPatience<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), CONNECT_PATIENCE_MS).unref()
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
