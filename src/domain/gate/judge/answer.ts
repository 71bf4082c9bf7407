/** Answers: the outcome of one requirement for one subject (behaviour/greenwave 3.8). */
import type { TestResult } from '../facts/facts.ts'
import type { Subject } from '../subject/subject.ts'

/** What all answers about a test case have. */
type AboutTest = {
  subject: Subject
  testCase: string
  /** URL of the rule file that demands it; null: a policy of the server or of the request. */
  source: string | null
  /** The result's scenario, or the rule's without a result. */
  scenario: string | null
}

/** A test case without any result. */
export type MissingAnswer = AboutTest & { kind: 'missing'; waiverId: number | null }

/** One result of a test case, and what its outcome means. */
export type ResultAnswer = AboutTest & {
  kind: 'passed' | 'incomplete' | 'failed' | 'errored'
  result: TestResult
  waiverId: number | null
}

/** The outcome of the search for a rule file. */
export type RemoteAnswer =
  | { kind: 'file-fetched'; subject: Subject; source: string }
  | { kind: 'file-missing'; subject: Subject; sources: readonly string[] }
  | { kind: 'file-failed'; subject: Subject; sources: readonly string[]; error: string }
  | { kind: 'file-invalid'; subject: Subject; source: string; details: string }

/** The policy excludes the package. */
export type ExcludedAnswer = {
  kind: 'excluded'
  subject: Subject
  policyId: string | null
  source: string | null
}

/** The answer about one requirement; `kind` is its outcome. */
export type Answer = MissingAnswer | ResultAnswer | RemoteAnswer | ExcludedAnswer

/** All possible outcomes. */
export type AnswerKind = Answer['kind']

type Meaning = {
  satisfied: boolean
  /** Whether it counts in "Of n required tests". */
  isTest: boolean
  /**
   * The name that clients see, and that waivers of file answers use as test case; a waived test answer is shown with
   * `-waived` appended.
   */
  type: string
}

/** How each outcome counts, and its name. */
export const MEANINGS = {
  passed: { satisfied: true, isTest: true, type: 'test-result-passed' },
  missing: { satisfied: false, isTest: true, type: 'test-result-missing' },
  incomplete: { satisfied: false, isTest: true, type: 'test-result-missing' },
  failed: { satisfied: false, isTest: true, type: 'test-result-failed' },
  errored: { satisfied: false, isTest: true, type: 'test-result-errored' },
  'file-fetched': { satisfied: true, isTest: false, type: 'fetched-gating-yaml' },
  'file-missing': { satisfied: false, isTest: false, type: 'missing-gating-yaml' },
  'file-failed': { satisfied: false, isTest: false, type: 'failed-fetch-gating-yaml' },
  'file-invalid': { satisfied: false, isTest: false, type: 'invalid-gating-yaml' },
  excluded: { satisfied: true, isTest: false, type: 'excluded' },
} as const satisfies Record<AnswerKind, Meaning>

/** True if the requirement is met or waived. */
export function isSatisfied(answer: Answer): boolean {
  return MEANINGS[answer.kind].satisfied || waiverIdOf(answer) !== null
}

/** The waiver that lifts the requirement, if any. */
function waiverIdOf(answer: Answer): number | null {
  return 'waiverId' in answer ? answer.waiverId : null
}

/** The test case that a waiver of the answer has to name; null for answers that need no waiver. */
export function waivableTestCase(answer: Answer): string | null {
  if (MEANINGS[answer.kind].satisfied) return null
  return 'testCase' in answer ? answer.testCase : MEANINGS[answer.kind].type
}
