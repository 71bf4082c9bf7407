/** Pairs requests between processes with their answers: messages carry the number of their request. */
import { withinTime } from '../../lib/async/deadline.ts'

/** Requests whose answers are not there yet. */
export type Requests<A> = {
  /** Sends a request by `send` and resolves with its answer. @throws Error when there is none within `patienceMs` */
  request(send: (id: number) => void, patienceMs: number): Promise<A>
  /** Passes an answer on; one that comes too late is dropped. */
  settle(id: number, answer: A): void
}

/** Numbers its requests from 1 on. */
export function createRequests<A>(): Requests<A> {
  const waiting = new Map<number, (answer: A) => void>()
  let lastId = 0
  return {
    request: async (send, patienceMs) => {
      const id = ++lastId
      const answered = new Promise<A>((resolve) => waiting.set(id, resolve))
      send(id)
      try {
        return await withinTime(answered, patienceMs)
      } finally {
        waiting.delete(id)
      }
    },
    settle: (id, answer) => waiting.get(id)?.(answer),
  }
}
