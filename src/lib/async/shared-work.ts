/** Runs work once for all callers that want it at the same time, as long as at least one of them is waiting. */

/** Work in progress, by key: equal keys must mean equal work. */
export type SharedWork<T> = {
  /**
   * Starts the work, or joins the work in progress under this key. Rejects with `signal`'s reason when this caller
   * gives up first; the work itself is aborted only when its last caller has given up.
   */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Later callers start anew: work in progress may have seen old data. Its current callers still get its result. */
  detach(): void
}

type SharedCall<T> = { work: Promise<T>; controller: AbortController; waiting: number; isOver: boolean }

/** Starts without any work in progress. */
export function createSharedWork<T>(): SharedWork<T> {
  const inProgress = new Map<string, SharedCall<T>>()

  function begin(key: string, start: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController()
    const call = { work: start(controller.signal), controller, waiting: 0, isOver: false }
    inProgress.set(key, call)
    const end = () => {
      call.isOver = true
      forget(key, call)
    }
    call.work.then(end, end)
    return call
  }

  function forget(key: string, call: SharedCall<T>): void {
    if (inProgress.get(key) === call) inProgress.delete(key)
  }

  return {
    join: async (key, signal, start) => {
      signal.throwIfAborted()
      const call = inProgress.get(key) ?? begin(key, start)
      call.waiting += 1
      try {
        return await orAborted(call.work, signal)
      } finally {
        call.waiting -= 1
        if (call.waiting === 0 && !call.isOver) {
          forget(key, call)
          call.controller.abort()
        }
      }
    },
    detach: () => inProgress.clear(),
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    const settled = () => signal.removeEventListener('abort', giveUp)
    work.then(
      (value) => {
        settled()
        resolve(value)
      },
      (error: unknown) => {
        settled()
        reject(error)
      },
    )
  })
}
