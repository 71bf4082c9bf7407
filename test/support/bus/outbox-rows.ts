/** Rows of the outbox as the service writes them, for tests of its readers. */
import type { EntityManager } from '../../../src/db/orm.ts'
import { insertOutboxRows } from '../../../src/db/queries/messages/outbox.ts'

/** Writes messages about a build of an event, one for each number; returns the ids of the rows. */
export function writeBuildChanges(
  em: EntityManager,
  eventId: number,
  numbers: readonly number[],
): Promise<number[]> {
  const messages = numbers.map((n) => ({
    topic: 'build.state.changed',
    payload: { id: n, event_id: eventId },
  }))
  return insertOutboxRows(em, { eventId }, messages, new Date())
}

/** The subject and the pair of a changed decision. */
export type ChangedDecision = {
  subject_type: string
  subject_identifier: string
  decision_context: string
  product_version: string
}

/** Writes the message about a change of a decision. */
export async function writeDecisionUpdate(
  em: EntityManager,
  changed: ChangedDecision & Record<string, unknown>,
): Promise<void> {
  const topic = 'topic://VirtualTopic.eng.greenwave.decision.update'
  await em.execute('insert into outbox (topic, payload) values (?, ?::jsonb)', [
    topic,
    JSON.stringify({ msg: changed, topic }),
  ])
}
