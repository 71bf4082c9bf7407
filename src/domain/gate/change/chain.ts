/** Which changes of a decision are to be published, so that each is published once (decision 0035). */

/** A decision as it is compared: equal fingerprints mean no change. */
export type Judged = { decision: unknown; fingerprint: string }

/** The last decision that is known, how far back it is known, and whether any change has been published. */
export type LastDecision = Judged & { knownSinceUs: number; isPublished: boolean }

/** A change to publish. */
export type Change = { previous: Judged; decision: Judged }

/**
 * Whether the decision of the time before the news (`beforeUs`) matters: there is no last one, or only one that began later
 * and of which nothing was published, as after a message that overtook this one.
 */
export function needsEarlier(last: LastDecision | null, beforeUs: number): boolean {
  return last === null || (!last.isPublished && beforeUs < last.knownSinceUs)
}

/**
 * The changes in the order of their times, and what to remember. `earlier` is the decision of `beforeUs`, when it is needed.
 * Repeating it with what it returned yields no change: a repeated or late message finds the decision as it was left.
 */
export function changesOf(
  last: LastDecision | null,
  earlier: Judged | null,
  now: Judged,
  beforeUs: number,
): { changes: Change[]; last: LastDecision } {
  const states = [earlier, last, now].filter((state) => state !== null)
  const changes = states.slice(1).flatMap((decision, index): Change[] => {
    const previous = states[index]
    return previous && previous.fingerprint !== decision.fingerprint ? [{ previous, decision }] : []
  })
  return {
    changes,
    last: {
      decision: now.decision,
      fingerprint: now.fingerprint,
      knownSinceUs: Math.min(beforeUs, last?.knownSinceUs ?? beforeUs),
      isPublished: (last?.isPublished ?? false) || changes.length > 0,
    },
  }
}
