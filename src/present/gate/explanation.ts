/** An explanation as JSON, for answers and the command line (behaviour/greenwave 3.13). */

import type {
  Condition,
  Explanation,
  FileExplanation,
  FileOutcome,
  PolicyExplanation,
} from '../../domain/gate/explain/explanation.ts'
import { withoutCredentials } from '../../lib/log.ts'

/** One policy; `condition` and `because` are null when all conditions hold. */
export type PolicyExplanationJson = {
  policy: string | null
  /** Name of the file, or URL of a rule file; null for the rules of a request. */
  file: string | null
  line: number | null
  applied: boolean
  condition: Condition | null
  because: string | null
}

/** One location of a rule file. */
export type FileExplanationJson = {
  url: string | null
  outcome: FileOutcome
  because: string | null
  policies: readonly PolicyExplanationJson[]
}

/** The member `explanation` of an answer to a request with `explain`. */
export type ExplanationJson = {
  /** Only in errors: the cause behind a message that does not name it. */
  cause?: string
  /** The trace of the request, where traces are exported. */
  trace_id?: string
  /** false: the rest of the subjects would make the answer too long. */
  complete: boolean
  subjects: readonly {
    subject_type: string
    subject_identifier: string
    policies: readonly PolicyExplanationJson[]
    files: readonly FileExplanationJson[]
  }[]
}

/** Credentials in URLs are hidden. */
export function explanationJson(
  { subjects, isComplete }: Explanation,
  { cause, traceId }: { cause?: string | undefined; traceId?: string | undefined } = {},
): ExplanationJson {
  return {
    ...(cause !== undefined && { cause: withoutCredentials(cause) }),
    ...(traceId !== undefined && { trace_id: traceId }),
    complete: isComplete,
    subjects: subjects.map(({ subject, policies, files }) => ({
      subject_type: subject.type.id,
      subject_identifier: subject.identifier,
      policies: policies.map((policy) => policyJson(policy, policy.policy.place?.file ?? null)),
      files: files.map(fileJson),
    })),
  }
}

function policyJson(
  { policy, applied, failed }: PolicyExplanation,
  file: string | null,
): PolicyExplanationJson {
  const line = policy.place?.line ?? null
  const { condition, because } = failed ?? { condition: null, because: null }
  return { policy: policy.id, file, line, applied, condition, because }
}

function fileJson({ url, outcome, because, policies }: FileExplanation): FileExplanationJson {
  const shown = url === null ? null : withoutCredentials(url)
  return {
    url: shown,
    outcome,
    because: because === null ? null : withoutCredentials(because),
    policies: policies.map((policy) => policyJson(policy, shown)),
  }
}
