/** The error when a request to open, resume or cancel an event is refused: a kind for programs, and the text that the client reads. */

/** `invalid`: it cannot be carried out as it is. `key-reused`: its key was used for another request. */
export const REFUSAL_KINDS = ['invalid', 'key-reused'] as const
export type RefusalKind = (typeof REFUSAL_KINDS)[number]

/** Nothing was written; `message` goes into the response unchanged. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  readonly kind: RefusalKind
  constructor(kind: RefusalKind, message: string) {
    super(message)
    this.kind = kind
  }
}
