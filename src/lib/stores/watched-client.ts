/** Connections to PostgreSQL that notice when the other end is gone (decision 0048) or has become read-only. */
import { isIP } from 'node:net'
import pg from 'pg'
import { withinTime } from '../async/deadline.ts'

/** Checks without a byte of an answer after which the connection is suspect. A count, not a time, because a busy process does not check. */
const QUIET_LOOKS = 5
/** A connection that only listens sends no statements, so it is given one this often. Pools close idle connections sooner. */
const IDLE_MS = 15_000
const LOOK_EVERY_MS = 1000
/** The time limit for opening the second connection, and for each of its statements. */
const PATIENCE_MS = 5000

/** The failure of a connection that was found half-open. */
export const HALF_OPEN = 'the database does not answer on this connection'

/** Members of every `pg.Client` that its types do not have. */
type Inside = {
  /** False while a statement waits for its answer. */
  readyForQuery: boolean
  /** The end has been requested; the server answers by closing the connection. */
  _ending: boolean
  /** The process of the server that works for this connection. */
  processID: number | null
  connection: {
    /** The options of TLS. */
    ssl: boolean | { host?: string }
    stream: { bytesRead: number; destroy(error: Error): void; destroyed: boolean }
    on(event: string, listener: (message: { code?: string; status?: string }) => void): void
  }
}

/** The answer of a standby to a change. */
const READ_ONLY = '25006'

/**
 * A client whose connection may go half-open: a proxy or the network in between drops it without notice to both ends.
 * TCP would notice after a quarter of an hour, or never. A statement that stays without an answer is therefore checked over a
 * second connection: if the server is not working on it, the connection is destroyed, which fails the statement as every
 * lost connection does. A long statement continues. A requested end that stays without an answer is carried out on this side alone.
 * Lost connections never end the process.
 *
 * After a failover the address may lead to another server while this connection leads to one that has become a standby: it ends
 * with the first change that is refused, since a busy pool would keep it forever.
 */
export class WatchedClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
    checkByAddress(this)
    endWhenReadOnly(this as unknown as Inside)
    const ping = () => void this.query('select 1').catch(() => undefined)
    const stopWatching = watch(this as unknown as Inside, config, ping, () => this.abandon()) // members of every pg.Client
    this.once('end', stopWatching)
  }

  override connect(): Promise<void>
  override connect(callback: (error: Error) => void): void
  /** Also finds the session behind a pooler, which reports its own process to its clients. */
  override connect(callback?: (error: Error) => void): Promise<void> | void {
    const connected = super.connect().then(() => findSession(this))
    if (!callback) return connected
    connected.then(callback as () => void, callback) // pg calls it without an error too, unlike its types
  }

  /** Closes the connection on this side alone, as if it had been found half-open. */
  abandon(): void {
    const inside = this as unknown as Inside // members of every pg.Client
    inside.connection.stream.destroy(new Error(HALF_OPEN))
  }
}

async function findSession(client: pg.Client): Promise<void> {
  const inside = client as unknown as Inside // members of every pg.Client
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    inside.processID = rows[0]?.pid ?? null
  } catch (error) {
    inside.connection.stream.destroy(error as Error) // pg rejects with nothing else
    throw error
  }
}

/** pg passes no address to TLS: Node would check the certificate of a server that has no name for `localhost`. */
function checkByAddress(client: pg.Client): void {
  const { ssl } = (client as unknown as Inside).connection
  if (typeof ssl === 'object' && isIP(client.host)) ssl.host = client.host
}

function endWhenReadOnly({ connection }: Inside): void {
  let isRefused = false
  connection.on('errorMessage', ({ code }) => {
    isRefused ||= code === READ_ONLY
  })
  // Only after the rollback: its caller would report the end of the connection as the reason.
  connection.on('readyForQuery', ({ status }) => {
    if (isRefused && status === 'I') connection.stream.destroy(new Error('the database accepts no changes'))
  })
}

function watch(
  client: Inside,
  config: pg.ClientConfig | undefined,
  ping: () => void,
  abandon: () => void,
): () => void {
  const madeAt = performance.now()
  let lastRead = { bytes: -1, quietLooks: 0 }
  let idleSince = madeAt
  let isProbing = false
  /** TLS puts a stream of its own in place of the first one. */
  const stream = () => client.connection.stream
  const isWaiting = () => !client.readyForQuery || client._ending
  const isQuiet = () => isWaiting() && stream().bytesRead === lastRead.bytes
  const look = async () => {
    const now = performance.now()
    if (isWaiting()) idleSince = now
    else if (now - idleSince >= IDLE_MS) ping()
    lastRead = isQuiet()
      ? { ...lastRead, quietLooks: lastRead.quietLooks + 1 }
      : { bytes: stream().bytesRead, quietLooks: 0 }
    if (isProbing || stream().destroyed || lastRead.quietLooks < QUIET_LOOKS) return
    isProbing = true
    const session = { pid: client.processID, ageS: (now - madeAt) / 1000 }
    const isWorking = await worksOn(session, isQuiet, config).catch(() => !client._ending)
    isProbing = false
    if (!isWorking && isQuiet()) abandon()
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return () => clearInterval(timer)
}

/** The clocks of the two ends may differ by this much; a session that is younger than its connection belongs to another one. */
const AGE_SLACK_S = 5

type Session = { pid: number | null; ageS: number }

const OF_SESSION =
  'from pg_stat_activity where pid = $1 and now() - backend_start > make_interval(secs => $2)'
const IS_WORKING = `select state in ('active', 'fastpath function call') as working ${OF_SESSION}`
/** Ends it with its transaction, whose locks would hold up all others until the server notices the loss, which may be never. */
const END_SESSION = `select pg_terminate_backend(pid) ${OF_SESSION}`

/**
 * Whether the server works on a statement of this session; one that is still quiet after the answer is ended there. A process that
 * was too busy to read has read by then.
 * @throws Error when the server cannot be queried: then nothing is known
 */
async function worksOn(
  { pid, ageS }: Session,
  isQuiet: () => boolean,
  config: pg.ClientConfig | undefined,
): Promise<boolean> {
  if (pid === null) return false // it is not even open yet
  // A pool hides the password from being copied with the rest.
  const { password } = config ?? {}
  const client = new pg.Client({ ...config, password, connectionTimeoutMillis: PATIENCE_MS })
  client.on('error', () => undefined)
  checkByAddress(client)
  try {
    await client.connect()
    const values = [pid, ageS - AGE_SLACK_S]
    const { rows } = await withinTime(client.query<{ working: boolean }>(IS_WORKING, values), PATIENCE_MS)
    const isWorking = rows[0]?.working ?? false
    if (!isWorking && isQuiet()) await withinTime(client.query(END_SESSION, values), PATIENCE_MS)
    return isWorking
  } finally {
    void client.end().catch(() => undefined)
  }
}
