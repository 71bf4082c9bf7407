/** The message about a changed decision, in the form of the STOMP listeners (behaviour/greenwave 6.5). */
import type { Pair } from '../../domain/gate/change/candidates.ts'
import type { DecisionChange } from '../../domain/gate/change/changes-to-publish.ts'
import { itemOf, type Subject } from '../../domain/gate/subject/subject.ts'
import type { News } from '../../domain/message.ts'

/** What a message is about; `news`: the message that led to it. */
export type DecisionUpdate = { subject: Subject; pair: Pair; change: DecisionChange; news: News }

/** Body and application properties; `destination` is where it is sent, which the body repeats. */
export function presentDecisionUpdate({ subject, pair, change, news }: DecisionUpdate, destination: string) {
  const about = {
    subject_type: subject.type.id,
    subject_identifier: subject.identifier,
    product_version: pair.productVersion,
    decision_context: pair.decisionContext,
  }
  const decision = Object(change.decision.decision) as Record<string, unknown> // always an object, made by `decisionJson`
  const msg = {
    ...decision,
    ...about,
    subject: [itemOf(subject)],
    previous: change.previous.decision,
    ...(news.kind === 'waiver-new' && { testcase: news.testCase }),
    ...news.trace,
  }
  const properties = {
    ...about,
    policies_satisfied: String(decision.policies_satisfied),
    summary: String(decision.summary),
  }
  return { payload: { msg, topic: destination }, properties }
}

/**
 * A stored update as Greenwave's fedora-messaging consumer publishes it: the decision alone, with the properties that clients of that
 * library check.
 */
export function asFedoraMessage(payload: unknown, createdAt: Date) {
  return {
    payload: (payload as ReturnType<typeof presentDecisionUpdate>['payload']).msg, // stored as it was presented
    contentEncoding: 'utf-8',
    properties: {
      fedora_messaging_schema: 'base.message',
      fedora_messaging_severity: 20,
      'sent-at': createdAt.toISOString().replace('Z', '+00:00'),
    },
  }
}
