/** The failure classes of the whole program: how a failure is handled depends only on its class. */

/** Nothing to do, which is a regular outcome: the message is the reason shown to users (event SKIPPED). */
export class Skip extends Error {
  override readonly name = 'Skip'
}

/** Nothing is wrong, but the work cannot be done yet: retry after `retryInMs` milliseconds. */
export class NotReady extends Error {
  override readonly name = 'NotReady'
  readonly retryInMs: number
  constructor(message: string, retryInMs: number) {
    super(message)
    this.retryInMs = retryInMs
  }
}

/** A retry cannot help; the message is stored as the reason of the failure. */
export class Permanent extends Error {
  override readonly name = 'Permanent'
}

/** Invalid settings; `problems` lists every one of them, so that all can be fixed at once. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** No answer in time, no connection, an error status, or an unreadable answer. */
export const UPSTREAM_FAILURES = ['timeout', 'unreachable', 'status', 'bad-answer'] as const
export type UpstreamFailure = (typeof UPSTREAM_FAILURES)[number]

/**
 * A request to an upstream service failed. Worth a later retry unless the status is a 4xx.
 * `body` is cut to 500 characters; it never contains request headers, so it cannot leak credentials.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly service: string
  readonly failure: UpstreamFailure
  readonly status: number | undefined
  readonly body: string
  constructor(service: string, failure: UpstreamFailure, detail: string, status?: number, body = '') {
    super(`${service}: ${detail}`)
    this.service = service
    this.failure = failure
    this.status = status
    this.body = body.slice(0, 500)
  }
}

/**
 * A write was sent but its answer was lost: it may or may not have been carried out.
 * The caller must check which before sending it again.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The message of any thrown value, without a stack trace. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Statuses of gateways and busy services; every other status is final. */
const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504])
/** Lost or refused connections: error codes of Node, and of PostgreSQL (08, 53, 57). */
const TRANSIENT_CODES = /^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NET)|08|53|57)/

/** Whether a later retry may succeed: a service is down, a connection was lost. Any other error is final. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NotReady || error instanceof OutcomeUnknown) return true
  if (error instanceof UpstreamError)
    return (
      error.failure !== 'bad-answer' && (error.status === undefined || TRANSIENT_STATUSES.has(error.status))
    )
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return TRANSIENT_CODES.test(code) || (error instanceof Error && /connection|ECONN/i.test(error.message))
}
