/** The logger: pino with one redaction list, so that no secret reaches a log line. */
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

/** `scheme://user:password@host` with the password replaced, for log lines and error texts. */
export function withoutPassword(url: string): string {
  return url.replace(/(\w+:\/\/[^:/@\s]*):[^@/\s]*@/g, '$1:***@')
}
