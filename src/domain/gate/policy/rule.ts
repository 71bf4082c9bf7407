/** A rule, which is one demand of a policy: a test case that must have passed, or a file in the package's repository with more rules. */

/** A time in milliseconds since 1970 UTC, with a fraction where the source has microseconds. */
export type Instant = number

/** The test case must have passed, on builds created in the window `validSince` <= t < `validUntil`. */
export type PassingTestCaseRule = {
  kind: 'PassingTestCaseRule'
  testCaseName: string
  scenario: string | null
  validSince: Instant | null
  validUntil: Instant | null
}

/** The rules of a file in the package's own repository apply too (behaviour/greenwave 4). */
export type RemoteRule = {
  kind: 'RemoteRule'
  /** true: a missing file is an unsatisfied requirement; false: a missing file demands nothing. */
  required: boolean
  /** URL templates, tried in order; empty: use those of the settings. */
  sources: readonly string[]
}

/** The content of a rule. */
export type Demand = PassingTestCaseRule | RemoteRule

/** One rule of a policy. Rules with equal keys make the same demand, which is checked once for a subject. */
export type Rule = Demand & { key: string }

/**
 * Adds the key: the demand as text, made only once since it is compared so often. Equal demands have equal keys because
 * readers set the fields in one order.
 */
export function ruleOf(demand: Demand): Rule {
  return { ...demand, key: JSON.stringify(demand) }
}
