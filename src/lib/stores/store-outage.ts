/** Recognizes the errors of a database or a store of queues that cannot be used for a while, for callers that may repeat a request. */
import { errorCode } from '../error-code.ts'

const AWAY = {
  database: 'The database cannot be reached.',
  readOnlyDatabase: 'The database is read-only.',
  busyDatabase: 'The database is busy.',
  queues: 'The queue store cannot be reached.',
  fullQueues: 'The queue store accepts no jobs.',
} as const

/**
 * Codes of Node, and of PostgreSQL: lost or refused connections, a server that starts or stops, no room for more (08, 57P, 53), one
 * that is a standby or has a full disk, and work that gave way to other work, waited too long for a lock, or took too long.
 */
const CODES = [
  [/^(25006|53100)/, AWAY.readOnlyDatabase],
  [/^(40...|55P03|57014)$/, AWAY.busyDatabase],
  [/^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|HOST|NET)|08|57P|53)/, AWAY.database],
] as const

/** Texts of pg and its pool, whose lost connections have no code, of `WatchedClient`, and of ioredis; words in capitals are answers of Redis. */
const TEXTS = [
  [
    /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|the database does not answer)/,
    AWAY.database,
  ],
  [/^(OOM|MISCONF|READONLY|NOREPLICAS) /, AWAY.fullQueues],
  [
    /^(Connection is closed|Stream isn't writeable|Socket timeout|(LOADING|MASTERDOWN|CLUSTERDOWN|BUSY) )/,
    AWAY.queues,
  ],
] as const

const QUEUES_NAMES = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError'])

/**
 * The sentence for a request that failed because a store that it needs is down; undefined for any other error. A refused connection
 * is taken for one of the database: ioredis and the clients of outside services report theirs in errors of their own.
 */
export function storeOutage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (QUEUES_NAMES.has(error.name)) return AWAY.queues
  return find(CODES, errorCode(error)) ?? find(TEXTS, error.message)
}

function find(table: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}
