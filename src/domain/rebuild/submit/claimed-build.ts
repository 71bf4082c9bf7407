/** A build that one run of a worker may submit. */

/** What is needed to submit it; `rebuiltNvr` is fixed for this attempt. */
export type ClaimedBuild = {
  id: number
  /** Identifies this run's claim; a claim that another run has taken over can no longer be extended or dropped by this one. */
  claim: string
  /** `performance.now()` from before the wait for locks: the lease of the claim counts from then. */
  claimedAt: number
  eventId: number
  eventTypeId: number
  retryCount: number
  originalNvr: string | null
  rebuiltNvr: string
  /** Rebuilt NVR of the parent build, when there is one. */
  parentRebuiltNvr: string | null
  buildArgs: string | null
  composeIds: number[]
  dryRun: boolean
  /** Its parent was rebuilt, or one of its composes requested, in a dry run, so that this does not exist. */
  isOnDryRun: boolean
  /** An earlier run of this very attempt began and left no result: look for its task before submitting. */
  uncertainSince: Date | null
  /** Since when a task may exist that the restored database does not know; null: it knows all tasks of this build. */
  lostSince: Date | null
  /** The advisory's fix is in every compose that was made since. */
  isShipped: boolean
}
