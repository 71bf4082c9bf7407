/** Judges several facts about one event in order, each on the outcome of those before it, and groups what may be written at once. */

import { applyChanges } from './apply-changes.ts'
import type { EventFacts, Fact, Outcome, RetryRules } from './facts.ts'
import { transition } from './state-machine.ts'

/** The outcome of one fact, or the error that kept it from being judged; the other facts are judged as if it were not there. */
export type Judged = { ok: true; value: Outcome } | { ok: false; error: Error }

/** One entry per fact, in order. Pure. */
export function judgeTogether(event: EventFacts, facts: readonly Fact[], rules: RetryRules): Judged[] {
  let now = event
  return facts.map((fact) => {
    try {
      const value = transition(now, fact, rules)
      now = applyChanges(now, value.changes)
      return { ok: true, value }
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
    }
  })
}

/**
 * Joins outcomes into groups that can be written together without changing any message. The message about a build shows it as it is
 * when the group is written, so no group changes a build twice; the message about an event shows all builds, so a change of the
 * event ends its group.
 */
export function groupForWriting(outcomes: readonly Outcome[]): Outcome[] {
  const parts: Outcome[][] = []
  let builds = new Set<number>()
  let isClosed = true
  for (const outcome of outcomes) {
    const ids = outcome.changes.flatMap((change) => (change.target === 'build' ? [change.id] : []))
    if (isClosed || ids.some((id) => builds.has(id))) {
      parts.push([])
      builds = new Set()
    }
    parts.at(-1)?.push(outcome)
    for (const id of ids) builds.add(id)
    isClosed = outcome.changes.some(({ target }) => target === 'event')
  }
  return parts.map(joinOutcomes)
}

/** All of them as one outcome, in order. */
export function joinOutcomes(outcomes: readonly Outcome[]): Outcome {
  return {
    changes: outcomes.flatMap(({ changes }) => changes),
    wake: outcomes.flatMap(({ wake }) => wake),
    cancelTasks: outcomes.flatMap(({ cancelTasks }) => cancelTasks),
  }
}
