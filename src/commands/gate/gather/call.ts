/** One call to an outside service on behalf of one request for a decision. */

import type { SharedWork } from '../../../lib/async/shared-work.ts'
import type { Slots } from '../../../lib/async/slots.ts'
import { type Asked, upstreamFailure } from './upstream-failure.ts'

/** What is common to the calls of one round: when to give up, and how far into the past to look. */
export type Round = {
  signal: AbortSignal
  /** As in `Needs`; a round about the past leaves nothing behind in any cache. */
  since: string | null
  /** One request takes only so many of a service's connections that others get theirs. */
  slots: Slots
}

/** Makes the call, or waits for the same call (`key`) of whoever makes it already. Rejects with `DecisionError`. */
export async function callShared<T>(
  work: SharedWork<T>,
  { signal, slots }: Round,
  asked: Asked & { key: string },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await slots(() => work.join(asked.key, signal, call))
  } catch (error) {
    throw upstreamFailure(asked, error)
  }
}
