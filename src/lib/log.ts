/** The logger: pino with a redaction list that keeps secrets out of log lines. */
import { type DestinationStream, type Logger, pino } from 'pino'
import { traceFields } from './tracing/carrier.ts'

export type { Logger }

const SECRETS = ['password', 'token', 'authorization', 'cookie', 'sessionKey', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/** A logger that writes JSON lines to standard output, with the ids of the trace; `level` is a pino level or `silent`. */
export function createLog(level: string): Logger {
  const redact = { paths: SECRETS, censor: '[redacted]' }
  return pino({ level, base: { pid: process.pid }, redact, mixin: traceFields }, openOutput())
}

/** Lines that cannot be written are buffered up to this size; later ones are lost. */
const MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024

/**
 * Standard output. A reader that is gone at the exit causes no error. A file on a full disk gets the buffered lines once there is
 * space again; until then the service continues without its log.
 */
function openOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false, maxLength: MAX_UNWRITTEN_BYTES })
  output.on('error', () => undefined)
  const flush = output.flushSync.bind(output)
  output.flushSync = () => {
    try {
      flush()
    } catch {}
  }
  return output
}

/** Masks the password, which may contain an `@`, in every `scheme://user:password@host` of a text. */
export function withoutPassword(url: string): string {
  return url.replace(/(?<=\w)(:\/\/[^:/@\s]*):[^/?#\s]*@/g, '$1:***@')
}

/** Replaces a secret wherever one would be shown. */
export const HIDDEN = '***'
const SECRET_NAME = /secret|passw(?:or)?d|token/i
/** `https://TOKEN@host`: git servers take a token in place of the user. */
const LONE_USER = /(https?:\/\/)[^:/?#@\s]+@/g

/** The text with the passwords, tokens and secret parameters of its URLs replaced. Linear: clients send long texts that errors repeat. */
export function withoutCredentials(text: string): string {
  return withoutPassword(text)
    .replace(/&?[^&\s]+/g, withoutSecretParameter)
    .replace(LONE_USER, `$1${HIDDEN}@`)
}

/** `piece` has no `&` except at its beginning; the name of a parameter begins there or at a `?`, and its value ends with the piece. */
function withoutSecretParameter(piece: string): string {
  if (!SECRET_NAME.test(piece)) return piece
  let start = 0
  for (let end = piece.indexOf('='); end >= 0 && end < piece.length - 1; end = piece.indexOf('=', start)) {
    const name = piece.slice(start, end)
    const mark = start === 0 && name.startsWith('&') ? 0 : name.indexOf('?')
    if (mark >= 0 && SECRET_NAME.test(name.slice(mark))) return `${piece.slice(0, end + 1)}${HIDDEN}`
    start = end + 1
  }
  return piece
}
