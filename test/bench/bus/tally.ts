/** Counts messages as they are accepted. */

const PATIENCE_MS = 60_000

/** `perSecond` resolves when all messages are counted, and rejects after a minute. */
export type Tally = { add(messages: number): void; perSecond: Promise<number> }

/** Counts to `total`; the first `warmUp` messages are not timed. */
export function createTally(total: number, warmUp: number): Tally {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let count = 0
  let start: { count: number; at: number } | undefined
  const giveUp = setTimeout(
    () => reject(new Error(`Only ${count} of ${total} messages arrived within ${PATIENCE_MS / 1000} s`)),
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
