/** Messages between processes: requests are paired with their answers, which carry the number of their request. */
import { withinTime } from '../../lib/async/deadline.ts'

/** Requests whose answers are not there yet. */
export type Requests<A> = {
  /** Sends a request by `send` and resolves with its answer. @throws Error of `send`, and when there is none within `patienceMs` */
  request(send: (id: number) => Promise<void>, patienceMs: number): Promise<A>
  /** Passes an answer on; one that comes too late is dropped. */
  settle(id: number, answer: A): void
}

/** Numbers its requests from 1 on. */
export function createRequests<A>(): Requests<A> {
  const waiting = new Map<number, PromiseWithResolvers<A>>()
  let lastId = 0
  return {
    request: async (send, patienceMs) => {
      const id = ++lastId
      const answered = Promise.withResolvers<A>()
      waiting.set(id, answered)
      send(id).catch(answered.reject)
      try {
        return await withinTime(answered.promise, patienceMs)
      } finally {
        waiting.delete(id)
      }
    },
    settle: (id, answer) => waiting.get(id)?.resolve(answer),
  }
}

/** Another process, as Node knows it: a child, or the one that has started this one. */
type OtherProcess = { send?(message: unknown, sent: (error: Error | null) => void): boolean }

/**
 * Rejects when the other process has ended. Before that is noticed, only the attempt to send shows it: without a callback, that error
 * would end this process.
 */
export function sendMessage<M>(other: OtherProcess, message: M): Promise<void> {
  return new Promise((resolve, reject) => {
    other.send?.(message, (error) => (error ? reject(error) : resolve()))
  })
}
