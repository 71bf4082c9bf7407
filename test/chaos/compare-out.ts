/** Compares what a subscriber received with what had to be sent: each change once and in order, the last one true. */
import type pg from 'pg'
import { comparable, type DecisionJson, publishedDecisions } from '../support/gate/published-decisions.ts'
import type { Arrival, Subscriber } from './subscriber.ts'

const CONTEXTS = ['bodhi_update_push_stable', 'bodhi_update_push_testing']
const DECISION_UPDATE = 'decision.update'

type OutRow = { id: string; stream: string; published: boolean }

/** Rows that did not arrive or arrived out of order within their stream, and messages without a row. */
export async function outboxErrors(database: pg.Pool, subscriber: Subscriber): Promise<string[]> {
  const { rows } = await database.query<OutRow>(
    `select id, coalesce('subject ' || subject_id, 'event ' || event_id, 'none') as stream, published_at is not null as published
       from outbox order by id`,
  )
  const places = new Map(subscriber.arrivals.map(({ messageId }, place) => [messageId, place]))
  const last = new Map<string, number>()
  const errors: string[] = []
  for (const { id, stream, published } of rows) {
    const place = places.get(`freshwave-${id}`)
    places.delete(`freshwave-${id}`)
    if (!published) errors.push(`stuck: message out ${id} (${stream}) is not sent`)
    if (place === undefined) errors.push(`lost: message out ${id} (${stream})`)
    else if (place < (last.get(stream) ?? -1)) errors.push(`out of order: message out ${id} (${stream})`)
    else last.set(stream, place)
  }
  for (const id of places.keys()) errors.push(`unknown: message out ${id} has no row`)
  for (const id of subscriber.copies().altered) errors.push(`twice: ${id} arrived with two bodies`)
  return errors
}

/** No message about a build or event repeats its previous state: two messages would report the same change. */
export function stateErrors(arrivals: readonly Arrival[]): string[] {
  const last = new Map<string, string>()
  return arrivals.flatMap(({ messageId, topic, body }) => {
    if (topic === DECISION_UPDATE) return []
    const { id, state_name: state } = JSON.parse(body)
    const [about, before] = [`${topic} ${id}`, last.get(`${topic} ${id}`)]
    last.set(about, state)
    return state === before ? [`twice: ${messageId} reports ${about} as ${state} again`] : []
  })
}

/** The changes of each decision follow from one another, and the last one is the decision of every web process over HTTP. */
export async function decisionErrors(
  arrivals: readonly Arrival[],
  webs: readonly string[],
  subjects: readonly string[],
): Promise<string[]> {
  const messages = arrivals.filter(({ topic }) => topic === DECISION_UPDATE)
  const published = publishedDecisions(messages)
  const errors: string[] = []
  for (const [pair, changes] of published)
    for (const [index, { previous, decision }] of changes.entries()) {
      const before = changes[index - 1]?.decision ?? previous
      if (decision === previous) errors.push(`twice: ${pair}, change ${index} changes nothing`)
      if (before !== previous)
        errors.push(`lost: ${pair}, change ${index} does not follow from the one before`)
    }
  for (const subject of subjects)
    for (const context of CONTEXTS) {
      const last = published.get(`${subject} ${context}`)?.at(-1)
      if (!last) continue
      for (const url of webs) {
        const now = await decide(url, subject, context)
        if (now !== last.decision)
          errors.push(`lost: ${subject} ${context}, the last change is not the decision of ${url}`)
      }
    }
  return errors
}

async function decide(url: string, subject_identifier: string, decision_context: string): Promise<string> {
  const about = { subject_type: 'koji_build', product_version: 'fedora-26' }
  const response = await fetch(`${url}/api/v1.0/decision`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...about, subject_identifier, decision_context }),
  })
  return comparable((await response.json()) as DecisionJson) // an answer of the gate
}
