/** Callers that want the same while it is made share the next run of the work: none waits for more than two, and none gets an old answer. */

/** What a caller gets; `own`: it was its own `work` that ran. */
export type Shared<T> = { value: T; own: boolean }
/** Equal keys must mean equal work. `isShared`: others get the value too. */
export type SharedRuns<T> = (key: string, work: (isShared: boolean) => Promise<T>) => Promise<Shared<T>>

type Next<T> = { members: number; value: Promise<T> }
type Run<T> = { over: Promise<void>; next: Next<T> | undefined }

/**
 * Each call is answered by a run that began after it, so that it sees everything that was there before; for a key at most one run is
 * under way and one waits. Rejects with the error of that run.
 */
export function createSharedRuns<T>(): SharedRuns<T> {
  const runs = new Map<string, Run<T>>()

  function start(key: string, work: () => Promise<T>): Promise<T> {
    const value = work()
    runs.set(key, { over: value.then(ended, ended), next: undefined })
    return value

    function ended(): void {
      if (runs.get(key)?.next === undefined) runs.delete(key)
    }
  }

  return async (key, work) => {
    const run = runs.get(key)
    if (!run) return { value: await start(key, () => work(false)), own: true }
    if (run.next) {
      run.next.members += 1
      return { value: await run.next.value, own: false }
    }
    const value = run.over.then(() => start(key, () => work(next.members > 1)))
    const next: Next<T> = { members: 1, value }
    run.next = next
    return { value: await value, own: true }
  }
}
