/** Turns the failure of an outside service into the error that the client of the gate reads. */
import { KojiFault } from '../../../clients/koji/hub/fault.ts'
import { DecisionError, type DecisionFault } from '../../../domain/gate/request/decision-error.ts'
import {
  ServiceInTrouble,
  type Trouble,
  troubleOf,
  UpstreamError,
  type UpstreamFailure,
} from '../../../lib/errors.ts'
import { withoutCredentials } from '../../../lib/log.ts'

/** A call to an outside service: the service's name, and the URL or build that error texts name. */
export type UpstreamCall = {
  service: string
  target: string
  /**
   * Begins the error text. A service with a prefix counts as unreachable however it fails, except when it is too slow
   * or refuses the call (behaviour/greenwave 5).
   */
  prefix?: string
}

const MAX_URL = 1000
const MAX_BODY = 500

/** What the client reads. */
type Shown = { kind: DecisionFault; message: string }

const TEXTS = {
  timeout: (error) => timeout(error.message),
  unreachable: (error, { prefix = '' }) =>
    failed(`Error connecting to upstream server: ${prefix}${error.message}`),
  'bad-answer': unexpectedAnswer,
  'odd-answer': unexpectedAnswer,
  status: unexpectedStatus,
} as const satisfies Record<UpstreamFailure, (error: UpstreamError, call: UpstreamCall) => Shown>

/** The error for what was thrown by a call. Throws `thrown` again when it is not the failure of a service. */
export function upstreamFailure(call: UpstreamCall, thrown: unknown): DecisionError {
  if (thrown instanceof DecisionError) return thrown
  const { kind, message } = shown(call, thrown)
  const trouble = causeOf(call, thrown)
  return new DecisionError(kind, withoutCredentials(message), trouble && { trouble })
}

function causeOf({ service }: UpstreamCall, thrown: unknown): Omit<Trouble, 'detail'> | undefined {
  if (thrown instanceof ServiceInTrouble) return thrown.trouble
  return isGivenUp(thrown) ? { service, blame: 'service' } : troubleOf(thrown)
}

function shown(call: UpstreamCall, thrown: unknown): Shown {
  if (thrown instanceof UpstreamError) return TEXTS[failureOf(thrown, call)](thrown, call)
  if (thrown instanceof KojiFault) return kojiFault(call.target, thrown)
  if (thrown instanceof ServiceInTrouble)
    return failed(`Error connecting to upstream server: ${thrown.message}`)
  if (isGivenUp(thrown)) return timeout(`${call.service}: no answer before the deadline of the decision`)
  throw thrown
}

function failureOf({ failure }: UpstreamError, { prefix }: UpstreamCall): UpstreamFailure {
  return prefix && failure !== 'timeout' ? 'unreachable' : failure
}

function timeout(reason: string): Shown {
  return { kind: 'upstream-timeout', message: `Timeout connecting to upstream server: ${reason}` }
}

function failed(message: string): Shown {
  return { kind: 'upstream-failed', message }
}

function unexpectedAnswer(error: UpstreamError): Shown {
  return failed(`Unexpected answer from upstream server: ${error.message}`)
}

/** An HTTP status other than success (behaviour/greenwave 3.7). */
function unexpectedStatus({ status, body }: UpstreamError, { target }: UpstreamCall): Shown {
  const shown = body.slice(0, MAX_BODY)
  return failed(`Got unexpected status code ${status ?? 0} for ${target.slice(0, MAX_URL)}: ${shown}`)
}

/** The build system refused to look a build up (behaviour/greenwave 4.3). */
function kojiFault(nvr: string, { text, code }: KojiFault): Shown {
  return failed(`Failed to get Koji build for "${nvr}": ${text} (code: ${code})`)
}

/** The deadline of the request has passed, or another part of it has failed already. */
function isGivenUp(thrown: unknown): boolean {
  return thrown instanceof DOMException && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
}
