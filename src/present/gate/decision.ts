/** A decision as the response to `POST /decision` (behaviour/greenwave 3.8, 3.12). */

import type { Decision } from '../../domain/gate/decision.ts'
import type { Explanation } from '../../domain/gate/explain/explanation.ts'
import {
  type Answer,
  isSatisfied,
  MEANINGS,
  type RemoteAnswer,
  type ResultAnswer,
} from '../../domain/gate/judge/answer.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import type { GateSettings } from '../../domain/gate/request/settings.ts'
import { itemOf } from '../../domain/gate/subject/subject.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { type ExplanationJson, explanationJson } from './explanation.ts'

/** One requirement; its `type` decides which keys it has. */
export type RequirementJson = Readonly<Record<string, unknown>> & { readonly type: string }

/** The body of the response. */
export type DecisionJson = {
  policies_satisfied: boolean
  summary: string
  satisfied_requirements: readonly RequirementJson[]
  unsatisfied_requirements: readonly RequirementJson[]
  applicable_policies?: readonly (string | null)[]
  results?: readonly unknown[]
  waivers?: readonly unknown[]
  explanation?: ExplanationJson
}

type DataKeys = GateSettings['distinctLatestResultsOn']

/** The body; requirements about results show the first value of each key in `dataKeys`. `traceId`: see `ExplanationJson`. */
export function decisionJson(
  decision: Decision,
  dataKeys: DataKeys,
  explanation: Explanation | null = null,
  traceId?: string,
): DecisionJson {
  const { satisfied, summary, answers, applicablePolicies, evidence } = decision
  const listed = (wanted: boolean) => answers.filter((answer) => isSatisfied(answer) === wanted)
  return {
    policies_satisfied: satisfied,
    summary,
    satisfied_requirements: listed(true).map((answer) => requirementJson(answer, dataKeys)),
    unsatisfied_requirements: listed(false).map((answer) => requirementJson(answer, dataKeys)),
    ...(applicablePolicies && { applicable_policies: applicablePolicies }),
    ...(evidence && {
      results: evidence.results.flatMap(({ raw }) => (raw === null ? [] : [raw])),
      waivers: evidence.waivers.map(({ raw }) => raw),
    }),
    ...(explanation && { explanation: explanationJson(explanation, { traceId }) }),
  }
}

/** The body as text. @throws DecisionError when it is longer than one JavaScript string can be, half a gigabyte */
export function decisionText(...args: Parameters<typeof decisionJson>): string {
  try {
    return JSON.stringify(decisionJson(...args))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DecisionError('bad-request', 'Invalid subject, too many for one answer')
  }
}

/** One requirement of the body. */
export function requirementJson(answer: Answer, dataKeys: DataKeys): RequirementJson {
  const { type } = MEANINGS[answer.kind]
  const { type: subjectType, identifier } = answer.subject
  if (answer.kind === 'excluded') {
    return { type, subject_identifier: identifier, policy: answer.policyId, source: shown(answer.source) }
  }
  const head = { subject_type: subjectType.id, subject_identifier: identifier }
  if (!('testCase' in answer)) return { type, testcase: type, ...head, ...remoteFields(answer) }
  const { testCase: testcase, scenario } = answer
  const source = shown(answer.source)
  const fields = answer.kind === 'missing' ? { scenario } : resultFields(answer, dataKeys)
  if (answer.waiverId !== null) {
    return { type: `${type}-waived`, testcase, ...head, source, waiver_id: answer.waiverId, ...fields }
  }
  const item = answer.kind === 'passed' ? {} : { item: itemOf(answer.subject) }
  return { type, testcase, ...head, source, ...item, ...fields }
}

function resultFields({ kind, result }: ResultAnswer, dataKeys: DataKeys) {
  const { id, data, errorReason } = result
  const fields: Record<string, unknown> = { result_id: id }
  if (kind === 'errored') fields['error_reason'] = errorReason ?? data.error_reason?.[0] ?? null
  for (const key of dataKeys) fields[key] = data[key]?.[0] ?? null
  return fields
}

/** A template's URL may have credentials. */
function shown<T extends string | null>(text: T): string | T {
  return text === null ? text : withoutCredentials(text)
}

function remoteFields(answer: RemoteAnswer) {
  switch (answer.kind) {
    case 'file-fetched':
      return { source: shown(answer.source) }
    case 'file-missing':
      return { scenario: null, sources: answer.sources.map(shown) }
    case 'file-failed':
      return { scenario: null, sources: answer.sources.map(shown), error: shown(answer.error) }
    case 'file-invalid':
      return { scenario: null, source: shown(answer.source), details: shown(answer.details) }
  }
}
