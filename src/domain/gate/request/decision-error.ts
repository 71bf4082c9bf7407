/** The error when no decision can be made: a kind for programs, and the exact text that the client reads. */
import type { Explanation } from '../explain/explanation.ts'

/**
 * `not-found`: no policy applies, or the build does not exist. `not-json`: the request was not sent as JSON.
 * `upstream-failed` and `upstream-timeout`: an outside service could not answer, or not in time.
 */
export const DECISION_FAULTS = [
  'bad-request',
  'not-found',
  'not-json',
  'upstream-failed',
  'upstream-timeout',
] as const
export type DecisionFault = (typeof DECISION_FAULTS)[number]

/** The service that could not answer, when it or our account there is to blame, and not the thing that was requested. */
export type UpstreamTrouble = { service: string; blame: 'service' | 'account' }

type Options = ErrorOptions & { trouble?: UpstreamTrouble; explanation?: Explanation }

/** No decision can be made; `message` goes into the response unchanged, that of a `cause` as `explanation` (behaviour/greenwave 5). */
export class DecisionError extends Error {
  override readonly name = 'DecisionError'
  readonly kind: DecisionFault
  /** As in `UpstreamTrouble`, that of the cause if there is one: such a decision may be possible later. */
  readonly service: string | undefined
  readonly blame: UpstreamTrouble['blame'] | undefined
  /** Set for requests with `explain`. */
  readonly explanation: Explanation | undefined
  constructor(kind: DecisionFault, message: string, { trouble, explanation, ...options }: Options = {}) {
    super(message, options)
    this.kind = kind
    this.explanation = explanation
    const origin = trouble ?? (options.cause instanceof DecisionError ? options.cause : undefined)
    this.service = origin?.service
    this.blame = origin?.blame
  }
}

/** The same fault with an explanation; a copy, since requests that share a fetch share its error. */
export function withExplanation(error: DecisionError, explanation: Explanation): DecisionError {
  return copyOf(error, error.message, explanation)
}

/** The same fault with another text. */
export function withMessage(error: DecisionError, message: string): DecisionError {
  return copyOf(error, message, error.explanation)
}

/** The message and its cause. The texts of the original, which clients match, hide the cause; everything else should show it. */
export function wholeReason({ message, cause }: DecisionError): string {
  return cause instanceof DecisionError ? `${message}: ${cause.message}` : message
}

function copyOf({ kind, cause, service, blame }: DecisionError, message: string, explanation?: Explanation) {
  const trouble = service !== undefined && blame !== undefined ? { service, blame } : undefined
  return new DecisionError(kind, message, { cause, trouble, explanation })
}
