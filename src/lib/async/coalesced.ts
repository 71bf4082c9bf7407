/** Runs one piece of work for all callers that request it while it runs. */

/**
 * Each call is answered by a run that began after it, so the caller's own writes are seen by it; at most one run is under
 * way and one waits. Rejects with the error of that run.
 */
export function createCoalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  function run(): Promise<void> {
    next = undefined
    const current = work().finally(() => {
      if (running === current) running = undefined
    })
    running = current
    return current
  }

  return () => {
    if (!next && !running) return run()
    next ??= (running ?? Promise.resolve()).then(run, run)
    return next
  }
}
