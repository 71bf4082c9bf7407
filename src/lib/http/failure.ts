/** Turns anything that goes wrong in one HTTP exchange into a failure with the details the retry rules need. */
import { errorCode } from '../error-code.ts'
import { messageOf, UpstreamError, type UpstreamFailure } from '../errors.ts'
import { withoutCredentials } from '../log.ts'
import { certificateProblem, seeSetting, type TlsSettings } from '../tls/certificate-problem.ts'
import { isOfConnecting } from './connections/connecting.ts'
import { TOO_LARGE } from './decode-body.ts'

/** One failed attempt. */
export type CallFailure = {
  error: UpstreamError
  /** False only when no byte of the request can have reached the service: then even a write is safe to repeat. */
  maybeSent: boolean
  /** False for what lasts until a person fixes it, such as an untrusted certificate. */
  isTransient: boolean
}

const CONNECT_TIMEOUT = 'UND_ERR_CONNECT_TIMEOUT' // the TLS handshake is part of connecting

/** The first bytes of the answer are not of TLS. */
const NOT_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/
const TLS = /^ERR_(TLS|SSL)_/

/** The text of an error that has no code of its own; it continues with advice for programmers. */
const REDIRECT_LOOP = /^Redirect loop detected/

/** `Location` is not an address at all, or not one of the web; our own addresses are checked before. */
const BAD_REDIRECT = /^Invalid URL/

/** From 520 on: gateways in front of hosted services, which could not reach them or got no valid answer. */
const RETRIABLE_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530])

const TOO_LARGE_ANSWER = 'the answer is larger than allowed'

const MAX_SHOWN = 200

/** The longest `Retry-After` that is respected: a service may be back sooner than it expected. */
const MAX_RETRY_AFTER_MS = 60_000

/** The failure behind something thrown while the exchange ran; `what` is e.g. `GET /api/1/composes/7`. */
export function thrownFailure(
  { service, what }: { service: string; what: string },
  thrown: unknown,
  { timeoutMs, tlsSettings }: { timeoutMs: number; tlsSettings?: TlsSettings | undefined },
): CallFailure {
  const code = errorCode(thrown)
  const maybeSent = !isOfConnecting(thrown)
  const build = (kind: UpstreamFailure, detail: string) =>
    new UpstreamError({ service, failure: kind, detail: `${what}: ${detail}` })
  if (code === CONNECT_TIMEOUT) return failure(build('timeout', detailOf(thrown, code)), maybeSent, true)
  if (isTimeout(thrown)) return failure(build('timeout', `no answer within ${timeoutMs} ms`), true, true)
  if (isAbort(thrown)) return failure(build('timeout', 'given up by the caller'), true, false)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === TOO_LARGE) {
    return failure(build('bad-answer', TOO_LARGE_ANSWER), true, false)
  }
  const lasting =
    certificateProblem(thrown, tlsSettings) ?? (maybeSent ? undefined : tlsProblem(code, tlsSettings))
  if (lasting) return failure(build('unreachable', lasting), false, false)
  if (TLS.test(code)) return failure(build('unreachable', `TLS connection broken (${code})`), maybeSent, true)
  if (REDIRECT_LOOP.test(detailOf(thrown, code)))
    return failure(build('unreachable', 'the service redirects endlessly'), true, true)
  if (BAD_REDIRECT.test(detailOf(thrown, code)))
    return failure(build('unreachable', 'the service redirects to an address that is not valid'), true, true)
  return failure(build('unreachable', detailOf(thrown, code)), maybeSent, true)
}

/** Whether the answer was larger than the limit, so that less has to be requested at a time. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof UpstreamError && error.message.endsWith(TOO_LARGE_ANSWER)
}

/** The problem, which lasts until a person fixes it; undefined for codes of any other kind. */
function tlsProblem(code: string, settings: TlsSettings | undefined): string | undefined {
  if (NOT_TLS.test(code))
    return `the server does not speak TLS at this port; its address may be http:// (${code})`
  return TLS.test(code) ? `TLS handshake failed (${code})${seeSetting(settings?.certificate)}` : undefined
}

/** The flags say why a 404 or 410 is not about a thing. */
type StatusOptions = { now: number; isOfProxy?: boolean; isFixedAddress?: boolean }

/** The failure behind an answer with an unexpected status. */
export function statusFailure(
  { service, what }: { service: string; what: string },
  answer: { status: number; text: string; headers: Record<string, string | string[] | undefined> },
  { now, isOfProxy = false, isFixedAddress = false }: StatusOptions,
): CallFailure {
  const { status, text, headers } = answer
  const trace = headers.trace_id === undefined ? '' : ` (trace_id ${String(headers.trace_id)})`
  const proxy = isOfProxy ? ', which is not an answer of the service itself' : ''
  const detail = `${what}: HTTP ${status}${movedText(status, headers.location)}${trace}${proxy}`
  const error = new UpstreamError({
    service,
    failure: 'status',
    detail,
    status,
    body: text,
    isOfService: isOfProxy || isFixedAddress,
    retryAfterMs: retryAfterMs(headers['retry-after'], now),
  })
  return failure(error, true, RETRIABLE_STATUSES.has(status))
}

/** Without the query, which in redirects to a login may be long and contain codes that grant access. */
function movedText(status: number, header: string | string[] | undefined): string {
  const [location = ''] = [header ?? []].flat()
  if (status < 300 || status >= 400 || location === '') return ''
  return ` (moved to ${withoutCredentials(location.replace(/[?#].*$/s, '')).slice(0, MAX_SHOWN)})`
}

/** The failure behind an answer that arrived but is not usable. */
export function answerFailure(error: UpstreamError): CallFailure {
  return failure(error, true, false)
}

function failure(error: UpstreamError, maybeSent: boolean, isTransient: boolean): CallFailure {
  return { error, maybeSent, isTransient }
}

/** `Retry-After` is a number of seconds or a date (RFC 9110 10.2.3); anything else is ignored. */
function retryAfterMs(header: string | string[] | undefined, now: number): number {
  if (typeof header !== 'string') return 0
  const at = /^\d+$/.test(header) ? now + Number(header) * 1000 : Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, at - now))
}

function isTimeout(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    (thrown.name === 'TimeoutError' || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(errorCode(thrown)))
  )
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError'
}

function detailOf(thrown: unknown, code: string): string {
  return messageOf(thrown) || code || 'connection failed'
}
