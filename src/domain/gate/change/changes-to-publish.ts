/** Decides which changes of a decision are to be published, so that each is published once (decision 0035). */

/** A decision with a fingerprint to compare it by: equal fingerprints mean no change. */
export type ComparedDecision = { decision: unknown; fingerprint: string }

/** The last decision that is known, how far back it is known, and whether any change has been published. */
export type LastDecision = ComparedDecision & { knownSinceUs: number; isPublished: boolean }

/** A change to publish. */
export type DecisionChange = { previous: ComparedDecision; decision: ComparedDecision }

/**
 * Whether the decision just before the news (`beforeUs`) has to be made as well: no last decision is known, or it is known only from
 * a later time on and no change of it was published, as when another message overtook this one.
 */
export function needsEarlier(last: LastDecision | null, beforeUs: number): boolean {
  return last === null || (!last.isPublished && beforeUs < last.knownSinceUs)
}

/**
 * The changes in the order of their times, and what to remember. `earlier` is the decision as of `beforeUs`, if `needsEarlier`.
 * Calling it again with what it returned yields no change: a repeated or late message finds the decision unchanged.
 */
export function changesToPublish(
  last: LastDecision | null,
  earlier: ComparedDecision | null,
  now: ComparedDecision,
  beforeUs: number,
): { changes: DecisionChange[]; last: LastDecision } {
  const states = [earlier, last, now].filter((state) => state !== null)
  const changes = states.slice(1).flatMap((decision, index): DecisionChange[] => {
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
