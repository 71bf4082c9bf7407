/** Waits for a state of another part of the system. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats `query` until `done` accepts its value, and returns it. @throws Error with the last value after `withinMs` */
export async function eventually<T>(
  query: () => Promise<T> | T,
  done: (value: T) => boolean,
  withinMs = 220_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await query()
    if (done(value)) return value
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${withinMs} ms`)
    await sleep(20)
  }
}
