/** The interface of an authentication backend: what it reads of a request, and what it returns about the caller (behaviour/freshmaker 4). */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Clients } from '../../clients/index.ts'
import type { FileSettings } from '../../config/file.ts'
import type { Identity } from '../../domain/access/identity.ts'
import type { Logger } from '../../lib/log.ts'
import type { Sender } from '../caller.ts'
import { ApiError } from '../errors.ts'
import { type ClientCertificate, peerCertificate } from './certificate.ts'

/** A request to be authenticated. */
export type LoginRequest = {
  sender: Sender
  /** A header; undefined when it is missing or empty. @throws ApiError 401 when it was sent more than once */
  header(name: string): string | undefined
  /** The same for headers that only a trusted proxy may set: undefined from any other peer. */
  proxyHeader(name: string): string | undefined
  /** The certificate that the peer proved on our own TLS socket; undefined without TLS. */
  certificate(): ClientCertificate | undefined
}

/** What backends work with. */
export type LoginContext = { file: FileSettings; clients: Pick<Clients, 'ldap' | 'openid'>; log: Logger }

/** What Apache writes into a header in place of a variable that is not set: `RequestHeader set X-Remote-User %{REMOTE_USER}e`. */
const APACHE_UNSET = '(null)'

/** An authenticated user; roles follow from name and groups. */
export type Login = Omit<Identity, 'name' | 'roles'> & { name: string }

/**
 * Authenticates a request, by the kind of AUTH_BACKEND that it is named after; null when no authentication is configured.
 * @throws ApiError 401 with the original's text, 503 when the service that has to confirm the login does not answer
 */
export type Backend = (request: LoginRequest, ctx: LoginContext) => Promise<Login | null>

/** The error of a failed login. */
export function notAuthenticated(message: string): ApiError {
  return new ApiError(401, message)
}

/** Reads what backends need; `incoming` is missing when the request did not arrive over a socket (tests). */
export function readLoginRequest(
  sender: Sender,
  headers: Headers,
  incoming: IncomingMessage | undefined,
  log: Logger,
): LoginRequest {
  const header = (name: string) => {
    // Fetch's headers join what was sent twice: the second one may come from behind a proxy that only adds its own.
    const times = (incoming?.rawHeaders ?? []).filter(
      (raw, index) => index % 2 === 0 && raw.toLowerCase() === name.toLowerCase(),
    ).length
    if (times > 1) throw notAuthenticated(`The header ${name} is given more than once.`)
    return inUtf8(headers.get(name)?.trim() ?? '') || undefined
  }
  return {
    sender,
    header,
    proxyHeader: (name) => {
      if (sender.isProxied) {
        const value = header(name)
        return value === APACHE_UNSET ? undefined : value
      }
      if (headers.has(name))
        log.warn(
          { client: sender.address, header: name },
          'login header ignored: the peer is not in trusted_proxies',
        )
      return undefined
    },
    certificate: () => peerCertificate(incoming?.socket),
  }
}

/** Proxies write names in UTF-8, of which Node makes one character for each byte. */
function inUtf8(header: string): string {
  const bytes = Buffer.from(header, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : header
}
