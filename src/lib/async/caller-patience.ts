/** Limits how long a request to our own API waits for an outside service, over all requests to it and their attempts. */

import { UpstreamError } from '../errors.ts'
import { withinTime } from './deadline.ts'

/** Most proxies wait equally long; consecutive requests with all their attempts may take several times that. */
const PATIENCE_S = 60

/** Only for work that changes nothing: it continues and its end is ignored. @throws UpstreamError (timeout) when `work` takes too long */
export function withinPatience<T>(service: string, work: Promise<T>): Promise<T> {
  const detail = `no answer within ${PATIENCE_S} s`
  return withinTime(work, PATIENCE_S * 1000, () => new UpstreamError({ service, failure: 'timeout', detail }))
}
