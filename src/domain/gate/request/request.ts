/** What a caller of the gate asks, read and checked. */

import type { Policy } from '../policy/policy.ts'
import type { Subject } from '../subject/subject.ts'
import type { DecisionError } from './decision-error.ts'

/** One request for a decision (behaviour/greenwave 3.2). */
export type DecisionRequest = {
  /** As written in the request, also where it goes to the waiver service. */
  productVersion: string
  /** The gating points asked about; empty when the request brings its own rules. */
  contexts: readonly string[]
  /** In the order of the request; the same one may come twice. */
  subjects: readonly Subject[]
  /** Why the subject after the last one cannot be read. A missing policy for one before it is told first. */
  malformedSubject: DecisionError | null
  verbose: boolean
  ignoredResults: ReadonlySet<number>
  ignoredWaivers: ReadonlySet<number>
  /** Only what existed at this time counts: `YYYY-MM-DDTHH:MM:SS.f`, UTC. Its answers must never fill a cache. */
  when: string | null
  /** The policy made of the request's own rules; judged alone. */
  onDemand: Policy | null
}
