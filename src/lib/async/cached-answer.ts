/** Caches one answer for a while, so that callers that come at the same time or soon after each other share the work for it. */

/** The last answer. All callers must request the same thing. */
export type CachedAnswer<T> = {
  /** The cached answer, or that of the work under way; else starts `work`. An error is not cached. */
  get(work: () => Promise<T>): Promise<T>
  /** Forgets the answer, and that of work under way, because what it is about has changed. */
  renew(): void
}

/** Empty at first; an answer is cached for `ms` from the start of its work. */
export function createCachedAnswer<T>(ms: number): CachedAnswer<T> {
  let cached: { answer: Promise<T>; until: number } | undefined

  function start(work: () => Promise<T>): Promise<T> {
    const started = { answer: work(), until: Number.POSITIVE_INFINITY }
    const until = performance.now() + ms
    cached = started
    started.answer.then(
      () => {
        started.until = until
      },
      () => {
        if (cached === started) cached = undefined
      },
    )
    return started.answer
  }

  return {
    get: (work) => (cached && performance.now() < cached.until ? cached.answer : start(work)),
    renew: () => {
      cached = undefined
    },
  }
}
