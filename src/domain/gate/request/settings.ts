/** The settings a decision depends on (behaviour/greenwave 7.2). */

/** Parsed settings of the gate. */
export type GateSettings = {
  outcomesPassed: ReadonlySet<string>
  outcomesIncomplete: ReadonlySet<string>
  outcomesError: ReadonlySet<string>
  /** Keys of a result's data: the newest result counts for each combination of their values. */
  distinctLatestResultsOn: readonly string[]
  /** URL templates of rule files by canonical subject type; `*` for all others. */
  remoteRulePolicies: ReadonlyMap<string, readonly string[]>
  /** Obsolete template for types that `remoteRulePolicies` knows nothing of. */
  distGitUrlTemplate: string | null
  /** Only shown in error texts. */
  kojiBaseUrl: string
  /** Of one request. */
  maxSubjects: number
  /** `host` or `host:port` that a request's own rule sources may name. */
  onDemandSourceHosts: ReadonlySet<string>
}
