/** An explanation: which policies were compared with each subject and why they applied or not, and which rule files were tried. */

import type { Policy } from '../policy/policy.ts'
import type { Subject } from '../subject/subject.ts'

/** What must hold for a policy to be checked as a whole, in the order of checking (behaviour/greenwave 3.13). */
export const CONDITIONS = [
  'decision context',
  'product version',
  'subject type',
  'parent policy',
  'excluded package',
  'listed package',
  'valid time',
] as const
export type Condition = (typeof CONDITIONS)[number]

/** One policy compared with one subject. */
export type PolicyExplanation = {
  policy: Policy
  /** Whether it is one of the policies of the decision; one that is may still leave out the package, or some of its rules. */
  applied: boolean
  /** The first condition that failed, with the values that were compared; null: all hold. */
  failed: { condition: Condition; because: string } | null
}

/** What became of the search for a rule file. */
export const FILE_OUTCOMES = ['read', 'absent', 'invalid', 'failed'] as const
export type FileOutcome = (typeof FILE_OUTCOMES)[number]

/** One location of a rule file; locations after the first one that has it are not tried. */
export type FileExplanation = {
  /** As configured, possibly with credentials; null: no URL could be made of the template. */
  url: string | null
  outcome: FileOutcome
  because: string | null
  /** The policies in the file; empty unless it was read. */
  policies: readonly PolicyExplanation[]
}

/** Everything about one subject; a subject that is named twice has two. */
export type SubjectExplanation = {
  subject: Subject
  policies: readonly PolicyExplanation[]
  files: readonly FileExplanation[]
}

/** The explanation of a request. `isComplete` false: the rest of the subjects would make the answer too long. */
export type Explanation = { subjects: readonly SubjectExplanation[]; isComplete: boolean }
