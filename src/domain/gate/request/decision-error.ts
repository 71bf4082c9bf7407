/** The one way in which a decision is refused: an HTTP status and the exact text the caller reads. */

/** 400 bad request, 404 nothing to judge by, 415 no JSON, 502 and 504 an outside service failed. */
export type DecisionStatus = 400 | 404 | 415 | 502 | 504

/** No decision can be made; `message` goes into the answer's body unchanged (behaviour/greenwave 5). */
export class DecisionError extends Error {
  override readonly name = 'DecisionError'
  readonly status: DecisionStatus
  constructor(status: DecisionStatus, message: string) {
    super(message)
    this.status = status
  }
}

const LONGEST_BODY = 500

/** An outside HTTP service answered with a status that is no answer (behaviour/greenwave 3.7); the body is cut. */
export function unexpectedStatus(status: number, url: string, body: string): DecisionError {
  const shown = body.slice(0, LONGEST_BODY)
  return new DecisionError(502, `Got unexpected status code ${status} for ${url}: ${shown}`)
}

/** The build system refused to tell of a build (behaviour/greenwave 4.3). */
export function kojiFault(nvr: string, code: number, text: string): DecisionError {
  return new DecisionError(502, `Failed to get Koji build for "${nvr}": ${text} (code: ${code})`)
}
