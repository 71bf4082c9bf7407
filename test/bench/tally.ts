/** Counts messages as they are accepted. */

const PATIENCE_MS = 60_000

/** `perSecond` resolves when all are there; it rejects when they do not come within a minute. */
export type Tally = { add(messages: number): void; perSecond: Promise<number> }

/** The first `warmUp` of the `total` messages are not timed. */
export function createTally(total: number, warmUp: number): Tally {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let count = 0
  let start: { count: number; at: number } | undefined
  const giveUp = setTimeout(
    () => reject(new Error(`${count} of ${total} messages came within ${PATIENCE_MS / 1000} s`)),
    PATIENCE_MS,
  )
  return {
    add(messages) {
      count += messages
      if (!start && count >= warmUp) start = { count, at: performance.now() }
      if (!start || count < total) return
      clearTimeout(giveUp)
      resolve((1000 * (count - start.count)) / (performance.now() - start.at))
    },
    perSecond: promise,
  }
}
