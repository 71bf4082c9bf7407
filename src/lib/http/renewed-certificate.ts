/** The client certificate of a service: it may be renewed while the process runs, and new connections use what its files have by then. */
import { createSecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'

/** A certificate and its key, as PEM text. */
export type ClientCertificate = { cert: string; key: string }

/**
 * Connects with what `read` returns, which is called for each connection. A pair that cannot be used, as while only one of its files has
 * been written, leaves the one before in force.
 * @throws what `read` throws at first
 */
export function connectWith(
  read: () => ClientCertificate,
  options: buildConnector.BuildOptions,
  log: Logger,
): buildConnector.connector {
  let inForce = read()
  /** Keeps TLS sessions, which belong to the certificate that they were opened with. */
  let connect = buildConnector({ ...options, ...inForce })
  const renew = () => {
    try {
      const { cert, key } = read()
      if (cert === inForce.cert && key === inForce.key) return
      createSecureContext({ cert, key }) // throws where they do not belong together
      inForce = { cert, key }
      connect = buildConnector({ ...options, ...inForce })
      log.info('client certificate renewed')
    } catch (error) {
      log.warn(
        { reason: messageOf(error) },
        'could not use the renewed client certificate, keeping the previous one',
      )
    }
  }
  return (target, callback) => {
    renew()
    return connect(target, callback)
  }
}
