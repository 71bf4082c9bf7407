/** The TLS files of a service: they may be renewed while the process runs, and new connections use what is in them by then. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'

/** A client certificate with its key, and the authorities that are trusted (default: those of Node), as PEM text. */
export type TlsFiles = { cert?: string; key?: string; ca?: string }

/**
 * Connects with what `read` returns, which is called for each connection. Files that cannot be used, as while only one of a pair has
 * been written, leave those before in force.
 * @throws what `read` throws at first
 */
export function connectWith(
  read: () => TlsFiles,
  options: buildConnector.BuildOptions,
  log: Logger,
): buildConnector.connector {
  let inForce = read()
  /** Keeps TLS sessions, which belong to the files that they were opened with. */
  let connect = buildConnector({ ...options, ...inForce })
  const renew = () => {
    try {
      const files = read()
      if (files.cert === inForce.cert && files.key === inForce.key && files.ca === inForce.ca) return
      createSecureContext(files) // throws where certificate and key do not belong together
      if (files.ca !== undefined) new X509Certificate(files.ca) // the context would ignore what is not one
      inForce = files
      connect = buildConnector({ ...options, ...inForce })
      log.info('TLS files renewed')
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'could not use the renewed TLS files, keeping the previous ones')
    }
  }
  return (target, callback) => {
    renew()
    return connect(target, callback)
  }
}
