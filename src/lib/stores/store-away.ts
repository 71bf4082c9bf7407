/** Recognizes the errors of a database or a store of queues that cannot be reached, for callers that may repeat a request. */

/** Codes of Node, and (08, 57P, 53) of PostgreSQL: lost or refused connections, a server that starts or stops, no room for more. */
const DATABASE_CODES = /^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|HOST|NET)|08|57P|53)/
/** Of pg and its pool, whose lost connections have no code, and of `WatchedClient`. */
const DATABASE_TEXTS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|the database does not answer)/

/** Of ioredis; the texts are the answers of a Redis that starts or is a replica. */
const QUEUES_NAMES = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError'])
const QUEUES_TEXTS =
  /^(Connection is closed|Stream isn't writeable|Socket timeout|(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY) )/

/**
 * One sentence when a request failed because a store that it needs is away; undefined for any other error. A refused connection
 * is taken for one of the database: ioredis and the clients of outside services report theirs in errors of their own.
 */
export function storeAway(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (QUEUES_NAMES.has(error.name) || QUEUES_TEXTS.test(error.message))
    return 'The store of the queues cannot be reached.'
  const code = 'code' in error ? String(error.code) : ''
  if (DATABASE_CODES.test(code) || DATABASE_TEXTS.test(error.message))
    return 'The database cannot be reached.'
  return undefined
}
