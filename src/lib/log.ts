/** The logger: pino with a redaction list that keeps secrets out of log lines. */
import { type Logger, pino } from 'pino'

export type { Logger }

const SECRETS = ['password', 'token', 'authorization', 'cookie', 'sessionKey', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/** A logger that writes JSON lines to standard output; `level` is a pino level or `silent`. */
export function createLog(level: string): Logger {
  return pino({ level, base: { pid: process.pid }, redact: { paths: SECRETS, censor: '[redacted]' } })
}

/** Masks the password, which may contain an `@`, in every `scheme://user:password@host` of a text. */
export function withoutPassword(url: string): string {
  return url.replace(/(\w+:\/\/[^:/@\s]*):[^/?#\s]*@/g, '$1:***@')
}
