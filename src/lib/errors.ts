/** The kinds of failure that the program distinguishes: what to do next follows from the kind alone. */
import { errorCode } from './error-code.ts'
import { shortened } from './shortened.ts'
import { storeOutage } from './stores/store-outage.ts'

/** Nothing to do, which is a regular end: the message is the reason that users read (event SKIPPED). */
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

/**
 * Repeating cannot help; the message is the reason that is stored with what failed. `isWholeReason`: it is stored as it
 * is, without the text that handling has failed.
 */
export class Permanent extends Error {
  override readonly name = 'Permanent'
  readonly isWholeReason: boolean
  constructor(message: string, { isWholeReason = false } = {}) {
    super(message)
    this.isWholeReason = isWholeReason
  }
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

/** No answer in time, no connection, an error status, an answer that cannot be read, or one of another shape. */
export const UPSTREAM_FAILURES = ['timeout', 'unreachable', 'status', 'bad-answer', 'odd-answer'] as const
export type UpstreamFailure = (typeof UPSTREAM_FAILURES)[number]

/**
 * What a failure is about. `thing`: the very thing that was requested (no such build, a bad parameter), the only kind
 * that ends a build or drops an image. `service`: it is down, overloaded or broken. `account`: it refuses our account.
 */
export type Blame = 'thing' | 'service' | 'account'

const FAILURE_BLAMES: Record<UpstreamFailure, (status: number, isOfService: boolean) => Blame> = {
  timeout: () => 'service',
  unreachable: () => 'service',
  'bad-answer': () => 'service',
  'odd-answer': (_status, isOfService) => (isOfService ? 'service' : 'thing'),
  status: statusBlame,
}

const ACCOUNT_STATUSES = new Set([401, 403, 407])
const BUSY_STATUSES = new Set([408, 425, 429])
/** The request went to a wrong server or past a proxy: method not allowed, misdirected, upgrade required, blocked. */
const MISDIRECTED_STATUSES = new Set([405, 421, 426, 451])
const MISSING_STATUSES = new Set([404, 410])

/** Whether something is missing: the thing that was requested, or the service behind a proxy. */
export function isMissingStatus(status: number): boolean {
  return MISSING_STATUSES.has(status)
}

/**
 * A redirect or an unknown status comes from a proxy or a wrong address, so the service is to blame; likewise when the service
 * itself is missing, as behind a proxy while it is redeployed.
 */
function statusBlame(status: number, isOfService: boolean): Blame {
  if (ACCOUNT_STATUSES.has(status)) return 'account'
  if (BUSY_STATUSES.has(status) || MISDIRECTED_STATUSES.has(status)) return 'service'
  if (isMissingStatus(status) && isOfService) return 'service'
  return status >= 400 && status < 500 ? 'thing' : 'service'
}

/** What an `UpstreamError` is made of. */
type UpstreamProblem = {
  service: string
  failure: UpstreamFailure
  detail: string
  status?: number
  /** Is cut to 500 characters; it never holds request headers, so no credential can leak through it. */
  body?: string
  /**
   * A 404 or 410, or an answer of another shape, says nothing about a single thing: the address is the same for all requests of
   * the kind, or a proxy answered in place of the service.
   */
  isOfService?: boolean
  /** The delay that the service requests before the next attempt. */
  retryAfterMs?: number
}

/** An outside service did not do what was requested; `blame` says what that is about. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly service: string
  readonly failure: UpstreamFailure
  readonly status: number | undefined
  readonly body: string
  readonly isOfService: boolean
  readonly retryAfterMs: number
  constructor(problem: UpstreamProblem) {
    const { service, failure, detail, status, body = '', isOfService = false, retryAfterMs = 0 } = problem
    super(`${service}: ${shortened(detail)}`)
    this.service = service
    this.failure = failure
    this.status = status
    this.body = body.slice(0, 500)
    this.isOfService = isOfService
    this.retryAfterMs = retryAfterMs
  }
  get blame(): Blame {
    return FAILURE_BLAMES[this.failure](this.status ?? 0, this.isOfService)
  }
}

/** The error when our account cannot log in or has no credentials: trouble of the account, as when the service refuses it (401). */
export function noLogin(service: string, detail: string): UpstreamError {
  return new UpstreamError({ service, failure: 'status', detail, status: 401 })
}

/**
 * A request that changes something was sent and its answer never came: it may or may not have been carried out.
 * The caller must look up the outcome before sending it again.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The message of anything that was thrown, without a stack. Node reports one error for each address of a name, in an error without a message. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).join('; ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Why a file cannot be read, in a message that contains its path. */
export function fileProblem(error: unknown, path: string): string {
  return errorCode(error) === 'EISDIR' ? `${path} is a folder, not a file` : messageOf(error)
}

/**
 * Trouble of an outside service or of our account there: waited for, never taken for an answer. `retryAfterMs`: the delay that the
 * service has requested.
 */
export type Trouble = {
  service: string
  blame: Exclude<Blame, 'thing'>
  detail: string
  retryAfterMs?: number
}

/** Not yet, because a service is not configured, or its trouble is already recorded: waiting for it records no new trouble. */
export class ServiceInTrouble extends NotReady {
  readonly trouble: Trouble
  constructor(trouble: Trouble, retryInMs: number) {
    super(trouble.detail, retryInMs)
    this.trouble = trouble
  }
}

/** A result that cannot be judged good or bad yet; the message names what is missing. */
export class NotVerifiable extends Error {
  override readonly name = 'NotVerifiable'
}

/** Whether the answer has an unexpected shape: the requested thing stays unknown, but other things of the service are not affected. */
export function isOdd(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.failure === 'odd-answer'
}

/** Whether an answer to a call that changes something came but cannot be read: it may have been carried out. */
export function isOddOutcome(error: unknown): error is OutcomeUnknown {
  return error instanceof OutcomeUnknown && isOdd(error.cause)
}

/** The trouble behind a failure or a lost answer; undefined when the thing itself is to blame, and for any other error. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof OutcomeUnknown) return troubleOf(error.cause)
  if (!(error instanceof Error) || !('blame' in error) || !('service' in error)) return undefined
  const { blame, service } = error
  if (blame !== 'service' && blame !== 'account') return undefined
  const retryAfterMs = retryAfterMsOf(error)
  return { service: String(service), blame, detail: error.message, ...(retryAfterMs > 0 && { retryAfterMs }) }
}

/** The delay that a service requested with a failure or a lost answer; 0: none. */
export function retryAfterMsOf(error: unknown): number {
  if (error instanceof OutcomeUnknown) return retryAfterMsOf(error.cause)
  return error instanceof UpstreamError ? error.retryAfterMs : 0
}

/** Whether the failure is about the requested thing alone: the service works, and refused it or answered oddly. */
export function isOfThing(error: unknown): error is Error {
  return error instanceof Error && 'blame' in error && error.blame === 'thing'
}

/** Codes of PostgreSQL: an operator ended the work, a broken disk. */
const TRANSIENT_CODES = /^(57|58)/

/** Whether a later retry may succeed: trouble of a service or account, or of a store. Anything else is final. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NotReady || error instanceof OutcomeUnknown || error instanceof NotVerifiable)
    return true
  if (troubleOf(error)) return true
  if (isOfThing(error)) return false // whatever its text mentions
  if (storeOutage(error)) return true
  return (
    TRANSIENT_CODES.test(errorCode(error)) ||
    (error instanceof Error && /connection|ECONN/i.test(error.message))
  )
}
