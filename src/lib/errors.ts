/** The kinds of failure that the program distinguishes: what to do next follows from the kind alone. */

/** Nothing to do, which is a proper end: the message is the reason a person reads (event SKIPPED). */
export class Skip extends Error {
  override readonly name = 'Skip'
}

/** Not yet: nothing is wrong, try again after `retryInMs` milliseconds. */
export class NotReady extends Error {
  override readonly name = 'NotReady'
  readonly retryInMs: number
  constructor(message: string, retryInMs: number) {
    super(message)
    this.retryInMs = retryInMs
  }
}

/** Repeating cannot help; the message is the reason that is stored with what failed. */
export class Permanent extends Error {
  override readonly name = 'Permanent'
}

/** Settings that cannot be used; `problems` lists all of them, so that they can be fixed in one go. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** No answer in time, no connection, an error status, or an answer that cannot be read. */
export const UPSTREAM_FAILURES = ['timeout', 'unreachable', 'status', 'bad-answer'] as const
export type UpstreamFailure = (typeof UPSTREAM_FAILURES)[number]

/**
 * An outside service did not do what was requested. Worth repeating later unless it is a 4xx.
 * `body` is cut to 500 characters; it never holds request headers, so no credential can leak through it.
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
 * A request that changes something was sent and its answer never came: it may or may not have been carried out.
 * The caller must look up the outcome before sending it again.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** What a gateway or a busy service answers; every other status is final. */
const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504])
/** Lost or refused connections, of Node and (08, 53, 57) of PostgreSQL. */
const TRANSIENT_CODES = /^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NET)|08|53|57)/

/** Whether a later retry may succeed: a service that is down, a lost connection. Anything else stays as it is. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NotReady || error instanceof OutcomeUnknown) return true
  if (error instanceof UpstreamError)
    return (
      error.failure !== 'bad-answer' && (error.status === undefined || TRANSIENT_STATUSES.has(error.status))
    )
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return TRANSIENT_CODES.test(code) || (error instanceof Error && /connection|ECONN/i.test(error.message))
}
