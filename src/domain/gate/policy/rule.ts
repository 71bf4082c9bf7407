/** What a policy demands: a test that must have passed, or a file of the package's own that lists more rules. */

/** A moment in milliseconds since 1970 UTC, with a fraction where the source has microseconds. */
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
  /** A missing file is then an unsatisfied requirement; else it demands nothing. */
  required: boolean
  /** URL templates, tried in order; empty: those of the settings. */
  sources: readonly string[]
}

/** What a rule says. */
export type Demand = PassingTestCaseRule | RemoteRule

/** One rule of a policy. Equal keys are the same demand, made once for a subject. */
export type Rule = Demand & { key: string }

/** All that the demand says is part of the key, which is looked at so often that it is made only once. Readers name the parts in one order. */
export function ruleOf(demand: Demand): Rule {
  return { ...demand, key: JSON.stringify(demand) }
}
