/** Keeps one answer for a while, so that callers that come at the same time or soon after each other share the work for it. */

/** The last answer. All callers must want the same. */
export type KeptAnswer<T> = {
  /** The answer that is kept, or that of the work under way; else starts `work`. An error is not kept. */
  get(work: () => Promise<T>): Promise<T>
  /** Forgets the answer, and that of work under way, because what it is about has changed. */
  renew(): void
}

/** Keeps nothing at first; an answer is kept for `ms` from the start of its work. */
export function createKeptAnswer<T>(ms: number): KeptAnswer<T> {
  let kept: { answer: Promise<T>; until: number } | undefined

  function start(work: () => Promise<T>): Promise<T> {
    const begun = { answer: work(), until: Number.POSITIVE_INFINITY }
    const until = performance.now() + ms
    kept = begun
    begun.answer.then(
      () => {
        begun.until = until
      },
      () => {
        if (kept === begun) kept = undefined
      },
    )
    return begun.answer
  }

  return {
    get: (work) => (kept && performance.now() < kept.until ? kept.answer : start(work)),
    renew: () => {
      kept = undefined
    },
  }
}
