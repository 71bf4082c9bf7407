/** Orderly shutdown: on SIGINT or SIGTERM everything that was registered stops, last started first. */
import type { Logger } from './log.ts'

/** What a program registers its parts with. */
export type Shutdown = {
  /** Registers something to stop; called in reverse order of registration. */
  add(name: string, stop: () => Promise<unknown>): void
  /** Stops everything; a second call does nothing. */
  run(reason: string): Promise<void>
}

/** A terminal and a launcher may both pass on one Ctrl-C: signals this close together are the same signal. */
const SAME_SIGNAL_MS = 1000

/**
 * Listens for SIGINT and SIGTERM; what does not stop within `patienceMs` is left behind. A second signal, a second or
 * more after the first, ends the process at once.
 */
export function createShutdown(log: Logger, patienceMs = 10_000): Shutdown {
  const parts: { name: string; stop: () => Promise<unknown> }[] = []
  let running: Promise<void> | undefined
  let firstSignalAt: number | undefined
  const stopAll = async (reason: string) => {
    log.info({ reason }, 'stopping')
    for (const { name, stop } of parts.toReversed()) {
      await stop().catch((error: unknown) => log.warn({ name, err: error }, 'did not stop cleanly'))
    }
    log.info('stopped')
  }
  const run = (reason: string) => {
    running ??= stopAll(reason)
    return running
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now()
      if (firstSignalAt !== undefined) {
        if (now - firstSignalAt >= SAME_SIGNAL_MS) process.exit(1)
        return
      }
      firstSignalAt = now
      setTimeout(() => process.exit(1), patienceMs).unref()
      void run(signal).then(() => process.exit(0))
    })
  }
  return { add: (name, stop) => parts.push({ name, stop }), run }
}
