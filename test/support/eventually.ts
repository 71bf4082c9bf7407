/** Waiting for something that happens elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until `done` says yes; fails with the last value when it never does. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  done: (value: T) => boolean,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await ask()
    if (done(value)) return value
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${withinMs} ms`)
    await sleep(20)
  }
}
