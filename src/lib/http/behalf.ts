/** On whose behalf a request to an outside service is made. */
import type { AttemptLimit } from '../async/attempt-limit.ts'

/** All parts are optional: a job of a worker waits by itself. */
export type Behalf = {
  /** Ends the request when its caller has given up. */
  signal?: AbortSignal
  /** The request of our own API that waits, for the log of retries; of a call that several share, the first of them. */
  requestId?: string
  /** What all calls to the service may cost together; without it, the client's number of attempts counts for each. */
  limit?: AttemptLimit
}
