/** Why no decision can be made: a kind for programs, and the exact text that the client reads. */
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

/**
 * No decision can be made; `message` goes into the response unchanged, that of a `cause` as `explanation` (behaviour/greenwave
 * 5). `explanation` is set for requests with `explain`.
 */
export class DecisionError extends Error {
  override readonly name = 'DecisionError'
  readonly kind: DecisionFault
  readonly explanation: Explanation | undefined
  constructor(kind: DecisionFault, message: string, options?: ErrorOptions & { explanation?: Explanation }) {
    super(message, options)
    this.kind = kind
    this.explanation = options?.explanation
  }
}
