/** Tells failures to open a connection, before which nothing of a request can have been sent, from those of an open one. */
import type { buildConnector } from 'undici'

const OF_CONNECTING = Symbol('of connecting')
/** Instead of `ECONNRESET`, for which undici takes as much of an answer without a length as has come for the whole. */
const RESET = 'ERR_CONNECTION_RESET'

/**
 * `connect`, whose failures `isOfConnecting` recognizes. Open connections end with their first error: Node keeps one open on which
 * TLS has failed, as when the service refuses our certificate, and all that was seen of it would be its end, or none.
 */
export function markFailures(connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...result) => {
      const [failure, socket] = result
      if (failure) Object.assign(failure, { [OF_CONNECTING]: true })
      socket?.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = RESET
        socket.destroy(error)
      })
      callback(...result)
    })
}

/**
 * Whether a failure is one to open a connection: to find the host, to reach it, or to agree on TLS. Its code does not say: a
 * connection that is reset, or TLS that fails, may be one that a request has already been sent on.
 */
export function isOfConnecting(thrown: unknown): boolean {
  return Reflect.get(Object(thrown), OF_CONNECTING) === true
}
