/** The settings a decision depends on (behaviour/greenwave 7.2). */

/** Parsed settings of the gate. */
export type GateSettings = {
  outcomesPassed: ReadonlySet<string>
  outcomesIncomplete: ReadonlySet<string>
  outcomesError: ReadonlySet<string>
  /** Keys of a result's data: for each combination of their values, only the newest result counts. */
  distinctLatestResultsOn: readonly string[]
  /** URL templates of rule files by canonical subject type; `*`: the default for types that are not listed. */
  remoteRulePolicies: ReadonlyMap<string, readonly string[]>
  /** Obsolete: the template for types that `remoteRulePolicies` does not cover. */
  distGitUrlTemplate: string | null
  /** Shown in error texts only. */
  kojiBaseUrl: string
  /** Maximum number of subjects of one request. */
  maxSubjects: number
  /** Hosts (`host` or `host:port`) that the rule sources of a request may name. */
  onDemandSourceHosts: ReadonlySet<string>
}
