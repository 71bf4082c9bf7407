/** Judges several facts about one event, each by what those before it have left, and groups what may be written at once. */
import type { EventFacts, Fact, Outcome, RetryRules } from './facts.ts'
import { transition } from './state-machine.ts'
import { written } from './written.ts'

/** The outcome of one fact, or why it could not be judged: then it changes nothing, and the others are as without it. */
export type Judged = { ok: true; value: Outcome } | { ok: false; error: Error }

/** Pure; in the order of the facts. */
export function judgeTogether(event: EventFacts, facts: readonly Fact[], rules: RetryRules): Judged[] {
  let now = event
  return facts.map((fact) => {
    try {
      const value = transition(now, fact, rules)
      now = written(now, value.changes)
      return { ok: true, value }
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
    }
  })
}

/**
 * Outcomes joined as far as their messages stay the same. A message shows its build as it is when it is written, so a part
 * changes no build twice; that of an event shows all its builds, so a part ends with a change of the event.
 */
export function inParts(outcomes: readonly Outcome[]): Outcome[] {
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
  return parts.map(joined)
}

/** All of them as one outcome, in order. */
export function joined(outcomes: readonly Outcome[]): Outcome {
  return {
    changes: outcomes.flatMap(({ changes }) => changes),
    wake: outcomes.flatMap(({ wake }) => wake),
    cancelTasks: outcomes.flatMap(({ cancelTasks }) => cancelTasks),
  }
}
