/** What is wrong with the certificate of one of the two ends of a TLS connection, in words, with the setting to look at. */
import { errorCode } from '../error-code.ts'
import { messageOf } from '../errors.ts'

/** The names of the settings with the certificates of a connection, for errors. */
export type TlsSettings = { authorities: string; certificate?: string | undefined }

const UNTRUSTED = /^(CERT_|ERR_TLS_CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/
/** Sent before the other end reads anything, but with TLS 1.3 after the connection counts as open. */
const REFUSED = /_ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/

const MAX_SHOWN = 200

/** Undefined for any other failure. Until someone fixes it, every attempt fails, and the other side reads nothing of what is sent. */
export function certificateProblem(thrown: unknown, settings: TlsSettings | undefined): string | undefined {
  const code = errorCode(thrown)
  if (UNTRUSTED.test(code)) {
    const [reason = ''] = messageOf(thrown).split('; if ') // advice for programmers follows
    return `TLS connection not trusted (${code}): ${reason.slice(0, MAX_SHOWN)}${seeSetting(settings?.authorities)}`
  }
  if (!REFUSED.test(code)) return undefined
  const verb = code.endsWith('_REQUIRED') ? 'requires a' : 'does not accept our'
  return `the other side ${verb} client certificate (${code})${seeSetting(settings?.certificate)}`
}

/** The end of a reason. */
export function seeSetting(name: string | undefined): string {
  return name ? `; see the setting ${name}` : ''
}
