/** Formats explanations as text for a terminal. */
import type {
  ExplanationJson,
  FileExplanationJson,
  PolicyExplanationJson,
} from '../../present/gate/explanation.ts'
import { aligned, linesText, shown } from './aligned.ts'

/** A table with one line for each subject and policy, and one with the rule files that were tried, if any. */
export function drawExplanation({ subjects, complete }: ExplanationJson): string {
  const policies = subjects.flatMap(({ subject_identifier: subject, policies: ofServer, files }) =>
    [...ofServer, ...files.flatMap((file) => file.policies)].map((policy) => policyRow(subject, policy)),
  )
  const files = subjects.flatMap(({ subject_identifier: subject, files: tried }) =>
    tried.map((file) => fileRow(subject, file)),
  )
  return linesText([
    ...aligned([['SUBJECT', 'POLICY', 'FILE', 'USE', 'BECAUSE'], ...policies]),
    ...(files.length > 0 ? ['', ...aligned([['SUBJECT', 'RULE FILE', 'OUTCOME', 'BECAUSE'], ...files])] : []),
    ...(complete
      ? []
      : ['', 'The remaining subjects are left out, because the explanation would be too long.']),
  ])
}

function policyRow(subject: string, explained: PolicyExplanationJson): string[] {
  const { policy, file, line, condition, because } = explained
  const location = file === null ? '' : `${shown(file)}:${line}`
  const reason = condition === null ? '' : `${condition}: ${shown(because)}`
  return [shown(subject), shown(policy ?? 'untitled'), location, useOf(explained), reason]
}

function fileRow(subject: string, { url, outcome, because }: FileExplanationJson): string[] {
  return [shown(subject), shown(url), outcome, shown(because)]
}

function useOf({ applied, condition }: PolicyExplanationJson): string {
  if (!applied) return 'does not apply'
  if (condition === null) return 'applies'
  return condition === 'valid time' ? 'applies in part' : 'excludes this package'
}
