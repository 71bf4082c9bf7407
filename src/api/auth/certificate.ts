/** The client certificate of a TLS socket of our own, in the words of Apache's mod_ssl (behaviour/freshmaker 4). */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** `verify` is `SUCCESS`, `NONE` without a certificate, or `FAILED:` and the reason; `dn` is the subject as in RFC 4514. */
export type ClientCertificate = { verify: string; dn: string | undefined }

/** What the peer proved in the handshake; undefined when the socket has no TLS. */
export function peerCertificate(socket: Socket | undefined): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return { verify: 'NONE', dn: undefined }
  if (!socket.authorized) return { verify: `FAILED:${socket.authorizationError}`, dn: undefined }
  return { verify: 'SUCCESS', dn: distinguishedName(certificate.subject) }
}

/**
 * The subject as mod_ssl and nginx write it: `CN=robot,OU=Builds,O=Example`. Node has one line for each part, the first
 * part first, with special characters escaped, so no value can look like two parts.
 */
export function distinguishedName(subject: string | undefined): string | undefined {
  return subject?.split('\n').toReversed().join(',').replaceAll(' + ', '+') || undefined
}
