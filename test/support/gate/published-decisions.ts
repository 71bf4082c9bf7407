/** Reads published changes of decisions in a form that can be compared, also with decisions over HTTP. */
import type { ReceivedMessage } from '../../../lab/bus/start.ts'
import type { DecisionJson } from '../../../src/present/gate/decision.ts'

export type { DecisionJson }

/** One published change, as `comparable` writes decisions. */
export type Published = { previous: string; decision: string }

/** The changes in the order of their first arrival, by subject and decision context; a repeat has the same message id. */
export function publishedDecisions(
  messages: readonly Pick<ReceivedMessage, 'messageId' | 'body'>[],
): Map<string, Published[]> {
  const published = new Map<string, Published[]>()
  const ids = new Set<string | null>()
  for (const { messageId, body } of messages) {
    if (ids.has(messageId)) continue
    ids.add(messageId)
    const { msg } = JSON.parse(body ?? '{}')
    const pair = `${msg.subject_identifier} ${msg.decision_context}`
    const change = { previous: comparable(msg.previous), decision: comparable(msg) }
    published.set(pair, [...(published.get(pair) ?? []), change])
  }
  return published
}

/** A text that is equal for two decisions if neither counts as a change of the other; independent of the code under test. */
export function comparable(decision: DecisionJson): string {
  const { policies_satisfied, summary, satisfied_requirements, unsatisfied_requirements } = decision
  const requirements = [satisfied_requirements, unsatisfied_requirements]
  return JSON.stringify(sorted([policies_satisfied, summary, decision.applicable_policies, requirements]))
}

/** The value with the keys of every object in one order, and without ids of results. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'result_id')
  return entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, part]) => [key, sorted(part)])
}
