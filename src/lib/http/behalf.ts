/** On whose behalf a request to an outside service is made. */
import type { AttemptLimit } from '../async/attempt-limit.ts'

/** All parts are optional: the jobs of workers have no caller that waits, and limit themselves. */
export type Behalf = {
  /** Ends the request when its caller has given up. */
  signal?: AbortSignal
  /** The request of our own API that waits for it, for the log of retries; of several, the first. */
  requestId?: string
  /** Limits the attempts of all calls to the service together; without it, the client's number of attempts holds for each call. */
  limit?: AttemptLimit
  /** A caller that would have to wait longer before the next attempt gets the failure instead. Default: no limit. */
  maxDelayMs?: number
}
