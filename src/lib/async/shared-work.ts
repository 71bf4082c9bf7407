/** Does work once for all callers that came before it began, as long as one of them still waits; none gets an older answer. */
import { orAborted } from './deadline.ts'

/** Work that waits or is under way, by key: equal keys must mean equal work. */
export type SharedWork<T> = {
  /**
   * Waits for work that begins after this call, so that it sees everything from before: work under way is followed by another run
   * for all callers that came meanwhile. Work begins at the end of this turn of the event loop, once for callers that come together.
   * Rejects with `signal`'s reason when the caller gives up first; the work itself is aborted only when its last caller has gone.
   */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T>
}

type SharedCall<T> = {
  key: string
  start: (signal: AbortSignal) => Promise<T>
  work: PromiseWithResolvers<T>
  controller: AbortController
  waiting: number
  hasBegun: boolean
  isOver: boolean
  /** Begins when this one is over. */
  next: SharedCall<T> | undefined
}

/** Starts with no work under way. */
export function createSharedWork<T>(): SharedWork<T> {
  const current = new Map<string, SharedCall<T>>()

  function begin(call: SharedCall<T>): void {
    current.set(call.key, call)
    setImmediate(() => {
      if (call.isOver) return
      call.hasBegun = true
      call.work.resolve(call.start(call.controller.signal))
      const over = () => end(call)
      call.work.promise.then(over, over)
    })
  }

  function end(call: SharedCall<T>): void {
    call.isOver = true
    const first = current.get(call.key)
    if (first?.next === call) first.next = undefined
    if (first !== call) return
    current.delete(call.key)
    if (call.next) begin(call.next)
  }

  function callFor(key: string, start: SharedCall<T>['start']): SharedCall<T> {
    const first = current.get(key)
    if (first && !first.hasBegun) return first
    const call = first?.next ?? newCall(key, start)
    if (first) first.next = call
    else begin(call)
    return call
  }

  return {
    join: async (key, signal, start) => {
      signal.throwIfAborted()
      const call = callFor(key, start)
      call.waiting += 1
      try {
        return await orAborted(call.work.promise, signal)
      } finally {
        call.waiting -= 1
        if (call.waiting === 0 && !call.isOver) {
          end(call)
          call.controller.abort()
        }
      }
    },
  }
}

function newCall<T>(key: string, start: SharedCall<T>['start']): SharedCall<T> {
  return {
    key,
    start,
    work: Promise.withResolvers<T>(),
    controller: new AbortController(),
    waiting: 0,
    hasBegun: false,
    isOver: false,
    next: undefined,
  }
}
