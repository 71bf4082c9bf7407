/** One HTTP exchange: sent over kept connections, measured, and turned into an answer or a failure. */
import { Agent, buildConnector, type Dispatcher, interceptors, request as send } from 'undici'
import { withDeadline } from '../async/deadline.ts'
import { isMissingStatus, UpstreamError } from '../errors.ts'
import { outgoingTrace } from '../tracing/carrier.ts'
import { addAttributes, inSpan } from '../tracing/span.ts'
import { userAgent } from '../version.ts'
import { callSpan, recordFailure } from './call-span.ts'
import { markFailures } from './connections/connecting.ts'
import { connectWith } from './connections/renewed-files.ts'
import { throughProxy } from './connections/through-proxy.ts'
import { decodeBody } from './decode-body.ts'
import { answerFailure, type CallFailure, statusFailure, thrownFailure } from './failure.ts'
import { headersFor, movedTo } from './moved.ts'
import type { HttpOptions } from './options.ts'
import { contentOf, describeRequest, effectOf, type HttpAnswer, type HttpRequest } from './request.ts'

/** The connections of one client. A redirected POST would turn into a GET and lose its body, so not all follow (see `movedTo`). */
export type ClientConnections = { plain: Agent; following: Dispatcher }

const MAX_BODY_BYTES = 64 * 1024 * 1024
const REDIRECTS = 5
const USER_AGENT = userAgent()

/** Connects when needed; at most `concurrency` connections to one host. */
export function createClientConnections({
  concurrency,
  timeoutMs,
  connectTimeoutMs = Math.min(10_000, timeoutMs / 2),
  tls,
  tlsFiles,
  lookup,
  proxy,
  maxBodyBytes,
  log,
}: HttpOptions): ClientConnections {
  // Ends before the attempt does, so that a failed connection can be distinguished from a missing answer.
  const direct = { ...tls, lookup, allowH2: false, timeout: connectTimeoutMs }
  const connect = tlsFiles ? connectWith(tlsFiles, direct, log) : buildConnector(direct)
  const plain = new Agent({
    connections: Math.max(1, concurrency),
    pipelining: 1,
    allowH2: false,
    maxResponseSize: maxBodyBytes ?? MAX_BODY_BYTES,
    headersTimeout: 0, // the signal of each attempt measures the whole of it
    bodyTimeout: 0,
    // A proxy resolves names itself, past what `lookup` allows.
    connect: markFailures(proxy && !lookup ? throughProxy(connect, proxy, connectTimeoutMs / 2) : connect),
  })
  return { plain, following: plain.compose(interceptors.redirect({ maxRedirections: REDIRECTS })) }
}

/** What came of one attempt. */
export type AttemptOutcome<T> = { value: T } | { failure: CallFailure }

/** Makes one attempt and reports it to the metrics. Rejects only because of a bug in this program, such as one in `read`. */
export async function attemptOnce<T>(
  options: HttpOptions,
  connections: ClientConnections,
  request: HttpRequest,
  read: (answer: HttpAnswer) => T,
): Promise<AttemptOutcome<T>> {
  const started = performance.now()
  const outcome = await inSpan(
    () => callSpan(options, request),
    async (span) => {
      const outcome = await outcomeOf(options, connections, request, read)
      if ('failure' in outcome) recordFailure(span, outcome.failure)
      return outcome
    },
  )
  const ended = 'failure' in outcome ? outcome.failure.error.failure : 'ok'
  options.onCall?.({ service: options.service, outcome: ended, ms: performance.now() - started })
  return outcome
}

async function outcomeOf<T>(
  options: HttpOptions,
  connections: ClientConnections,
  request: HttpRequest,
  read: (answer: HttpAnswer) => T,
): Promise<AttemptOutcome<T>> {
  const origin = { service: options.service, what: describeRequest(request) }
  let answer: HttpAnswer
  try {
    answer = await exchange(options, connections, request)
  } catch (thrown) {
    return { failure: thrownFailure(origin, thrown, options) }
  }
  const isOfProxy = isMissingStatus(answer.status) && options.saysUnknown?.(answer) === false
  const isAccepted = request.accept?.includes(answer.status) && !isOfProxy
  if (!isAccepted && (answer.status < 200 || answer.status >= 300)) {
    const { isFixedAddress = false } = request
    return { failure: statusFailure(origin, answer, { now: Date.now(), isOfProxy, isFixedAddress }) }
  }
  try {
    return { value: read(answer) }
  } catch (thrown) {
    if (thrown instanceof UpstreamError) return { failure: answerFailure(thrown) }
    throw thrown
  }
}

function exchange(
  options: HttpOptions,
  connections: ClientConnections,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const content = contentOf(request)
  const follows = request.followRedirects !== false && effectOf(request) === 'read' && !content
  const isRepeated = request.followRedirects !== false && content !== undefined
  const first = addressOf(options, request)
  const sendTo = (address: string, signal: AbortSignal) =>
    send(address, {
      dispatcher: follows ? connections.following : connections.plain,
      method: request.method ?? 'GET',
      query: address === first ? request.query : undefined,
      headers: {
        accept: 'application/json, */*;q=0.5',
        'accept-encoding': 'identity', // these services are near, and a compressed answer may expand to any size
        'user-agent': USER_AGENT,
        ...outgoingTrace(),
        ...(content && { 'content-type': content.type }),
        ...headersFor({ first, address }, { ...loginIn(first), ...options.headers, ...request.headers }),
      },
      body: content?.text,
      signal,
    })
  const sendOnce = async (signal: AbortSignal) => {
    let address: string | undefined = first
    let answer = await sendTo(address, signal)
    for (let moves = 0; isRepeated && moves < REDIRECTS; moves += 1) {
      address = movedTo(address, answer)
      if (address === undefined) break
      await answer.body.dump()
      answer = await sendTo(address, signal)
    }
    addAttributes({ 'http.response.status_code': answer.statusCode })
    const maxBytes = options.maxBodyBytes ?? MAX_BODY_BYTES
    const body = await answer.body.bytes()
    const bytes = await decodeBody(body, answer.headers['content-encoding'], maxBytes)
    return {
      status: answer.statusCode,
      headers: answer.headers,
      bytes,
      text: new TextDecoder().decode(bytes),
    }
  }
  return withDeadline(options.timeoutMs, sendOnce, request.signal)
}

/** Some services have one address, and whether it ends in a slash matters to them; others have a root. */
function addressOf({ url }: HttpOptions, { path }: HttpRequest): string {
  return path === '' ? url : url.replace(/\/+$/, '') + path
}

/** User and password of `https://user:password@host`, or the token in their place, as a header, since they are not sent in the address. */
function loginIn(address: string): Record<string, string> {
  const { username, password } = (address.includes('@') && URL.parse(address)) || {
    username: '',
    password: '',
  }
  if (username === '' && password === '') return {}
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`)
  return { authorization: `Basic ${login.toString('base64')}` }
}

/** A text that is not a valid escape is returned unchanged: its percent sign is literal. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
