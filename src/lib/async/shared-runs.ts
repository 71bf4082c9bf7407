/** Callers that want the same while work is under way share its next run: none waits for more than two runs, and none gets an old answer. */

/** What a caller gets; `isOwn`: it was the caller's own `work` that ran. */
export type Shared<T> = { value: T; isOwn: boolean }
/** Equal keys must mean equal work. `isShared`: other callers get the value too. */
export type SharedRuns<T> = (key: string, work: (isShared: boolean) => Promise<T>) => Promise<Shared<T>>

type Next<T> = { members: number; value: Promise<T> }
type Run<T> = { ended: Promise<void>; next: Next<T> | undefined }

/**
 * Each call is answered by a run that began after it, so that it sees everything that was there before; for a key at most one run is
 * under way and one waits. Rejects with the error of that run.
 */
export function createSharedRuns<T>(): SharedRuns<T> {
  const runs = new Map<string, Run<T>>()

  function start(key: string, work: () => Promise<T>): Promise<T> {
    const value = work()
    runs.set(key, { ended: value.then(forget, forget), next: undefined })
    return value

    function forget(): void {
      if (runs.get(key)?.next === undefined) runs.delete(key)
    }
  }

  return async (key, work) => {
    const run = runs.get(key)
    if (!run) return { value: await start(key, () => work(false)), isOwn: true }
    if (run.next) {
      run.next.members += 1
      return { value: await run.next.value, isOwn: false }
    }
    const value = run.ended.then(() => start(key, () => work(next.members > 1)))
    const next: Next<T> = { members: 1, value }
    run.next = next
    return { value: await value, isOwn: true }
  }
}
