/** The certificate of our own TLS socket: read again while the process runs, since certificates are renewed without a restart. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:tls'
import type { Environment } from '../config/env.ts'
import { messageOf } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'

/** Paths of PEM files. */
type Files = Pick<Environment, 'TLS_CERT' | 'TLS_KEY' | 'TLS_CLIENT_CA'>

const LOOK_EVERY_MS = 60_000

/** Undefined without TLS; `ca` are the authorities of client certificates. @throws Error when a file cannot be read */
export function readOwnCertificate({ TLS_CERT, TLS_KEY, TLS_CLIENT_CA }: Files) {
  if (!TLS_CERT || !TLS_KEY) return undefined
  const pair = { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }
  return TLS_CLIENT_CA ? { ...pair, ca: readFileSync(TLS_CLIENT_CA) } : pair
}

/**
 * Uses changed files for new connections, from the next check on; `used` is what the server has been started with. Files that
 * cannot be used, as while only one of them has been written, leave those before in force. Returns a function that ends the checks.
 */
export function renewOwnCertificate(
  server: Server,
  used: ReturnType<typeof readOwnCertificate>,
  { files, log, everyMs = LOOK_EVERY_MS }: { files: Files; log: Logger; everyMs?: number },
): () => void {
  let inForce = JSON.stringify(used)
  const look = () => {
    try {
      const read = readOwnCertificate(files)
      const found = JSON.stringify(read)
      if (!read || found === inForce) return
      server.setSecureContext(read)
      inForce = found
      log.info('TLS certificate renewed')
    } catch (error) {
      log.warn(
        { reason: messageOf(error) },
        'could not use the renewed TLS certificate, keeping the previous one',
      )
    }
  }
  const timer = setInterval(look, everyMs).unref()
  return () => clearInterval(timer)
}
