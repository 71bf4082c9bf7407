/** One call to an outside service for a decision request; requests that need the same call share it until it has begun. */

import type { AttemptLimits } from '../../../lib/async/attempt-limit.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import type { Slots } from '../../../lib/async/slots.ts'
import type { Behalf } from '../../../lib/http/behalf.ts'
import { type UpstreamCall, upstreamFailure } from './upstream-failure.ts'

/** What the calls for one kind of need share: when to give up, how far back to look, how many may run at once. */
export type CallOptions = {
  signal: AbortSignal
  /** The request of our API that waits. */
  requestId: string | undefined
  limits: AttemptLimits
  /** As in `Needs`; facts about the past must not fill any cache. */
  since: string | null
  /** Limits one request to a part of the service's connections, so that other requests get theirs. */
  slots: Slots
}

/** A caller waits for the decision: the failure serves it better than an attempt after a long delay. */
const MAX_DELAY_MS = 5000

/**
 * Makes the call, or shares the same call (equal `key`) that has not begun yet: one under way may have read older data. `server` is set where a service has several
 * that fail independently. Rejects with `DecisionError`.
 */
export async function callShared<T>(
  work: SharedWork<T>,
  { signal, requestId, limits, slots }: CallOptions,
  call: UpstreamCall & { key: string; server?: string },
  send: (behalf: Behalf) => Promise<T>,
): Promise<T> {
  try {
    const limit = limits(call.server ?? call.service)
    return await slots(() =>
      work.join(call.key, signal, (shared) =>
        send({ signal: shared, requestId, limit, maxDelayMs: MAX_DELAY_MS }),
      ),
    )
  } catch (error) {
    throw upstreamFailure(call, error)
  }
}
