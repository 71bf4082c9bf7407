/** Says why an outside service gave nothing to decide on, as the caller of the gate reads it. */
import { KojiFault } from '../../../clients/koji/hub/fault.ts'
import { DecisionError, kojiFault, unexpectedStatus } from '../../../domain/gate/request/decision-error.ts'
import { UpstreamError, type UpstreamFailure } from '../../../lib/errors.ts'

/** What was asked: the service's name, and the URL or build that error texts are to name. */
export type UpstreamCall = {
  service: string
  target: string
  /** Words for a service that counts as out of reach however it fails, unless it is too slow or refuses (behaviour/greenwave 5). */
  prefix?: string
}

const LONGEST_URL = 1000

const TEXTS = {
  timeout: (error) => new DecisionError(504, `Timeout connecting to upstream server: ${error.message}`),
  unreachable: (error, { prefix = '' }) =>
    new DecisionError(502, `Error connecting to upstream server: ${prefix}${error.message}`),
  'bad-answer': unexpectedAnswer,
  'odd-answer': unexpectedAnswer,
  status: ({ status, body }, { target }) => unexpectedStatus(status ?? 0, target.slice(0, LONGEST_URL), body),
} as const satisfies Record<UpstreamFailure, (error: UpstreamError, asked: UpstreamCall) => DecisionError>

/** 504 when the answer did not come in time, 502 for all else. Throws what is no failure of a service. */
export function upstreamFailure(asked: UpstreamCall, thrown: unknown): DecisionError {
  if (thrown instanceof DecisionError) return thrown
  if (thrown instanceof UpstreamError) return TEXTS[kindOf(thrown, asked)](thrown, asked)
  if (thrown instanceof KojiFault) return kojiFault(asked.target, thrown.code, thrown.text)
  if (isGivenUp(thrown)) {
    const reason = `${asked.service}: no answer within the time a decision may take`
    return new DecisionError(504, `Timeout connecting to upstream server: ${reason}`)
  }
  throw thrown
}

function kindOf({ failure }: UpstreamError, { prefix }: UpstreamCall): UpstreamFailure {
  return prefix && failure !== 'timeout' ? 'unreachable' : failure
}

function unexpectedAnswer(error: UpstreamError): DecisionError {
  return new DecisionError(502, `Unexpected answer from upstream server: ${error.message}`)
}

/** The deadline of the request has passed, or another part of it has failed already. */
function isGivenUp(thrown: unknown): boolean {
  return thrown instanceof DOMException && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
}
