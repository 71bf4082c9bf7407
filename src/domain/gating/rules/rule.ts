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

/** The rules of a file in the package's own repository apply too (spec/greenwave 4). */
export type RemoteRule = {
  kind: 'RemoteRule'
  /** A missing file is then an unsatisfied requirement; else it demands nothing. */
  required: boolean
  /** URL templates, tried in order; empty: those of the settings. */
  sources: readonly string[]
}

/** One rule of a policy. */
export type Rule = PassingTestCaseRule | RemoteRule

/** Equal keys are the same demand, made once for a subject: all that a rule says is part of it (design 1). */
export function ruleKey(rule: Rule): string {
  return rule.kind === 'RemoteRule'
    ? JSON.stringify([rule.kind, rule.required, rule.sources])
    : JSON.stringify([rule.kind, rule.testCaseName, rule.scenario, rule.validSince, rule.validUntil])
}
