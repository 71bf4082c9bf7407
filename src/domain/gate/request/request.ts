/** A request for a decision, parsed and checked. */

import type { Policy } from '../policy/policy.ts'
import type { Subject } from '../subject/subject.ts'
import type { DecisionError } from './decision-error.ts'

/** One request for a decision (behaviour/greenwave 3.2). */
export type DecisionRequest = {
  /** As written in the request; it is sent to the waiver service unchanged. */
  productVersion: string
  /** The decision contexts; empty when the request brings its own rules. */
  contexts: readonly string[]
  /** In the order of the request, possibly with duplicates. */
  subjects: readonly Subject[]
  /** Why the subject after the last one cannot be read. A missing policy for an earlier subject is reported first. */
  malformedSubject: DecisionError | null
  verbose: boolean
  /** Whether the answer includes an explanation. */
  explain: boolean
  ignoredResults: ReadonlySet<number>
  ignoredWaivers: ReadonlySet<number>
  /** Only what existed at this time counts: `YYYY-MM-DDTHH:MM:SS.f`, UTC. Its facts must never fill a cache. */
  when: string | null
  /** The policy made of the request's own rules, which then is the only one judged. */
  onDemand: Policy | null
}

/** The request about one subject in one decision context and product version, as of `when` or of now. */
export function requestAbout(
  subject: Subject,
  { decisionContext, productVersion }: { decisionContext: string; productVersion: string },
  when: string | null = null,
): DecisionRequest {
  return {
    productVersion,
    contexts: [decisionContext],
    subjects: [subject],
    malformedSubject: null,
    verbose: false,
    explain: false,
    ignoredResults: new Set(),
    ignoredWaivers: new Set(),
    when,
    onDemand: null,
  }
}
