/** Orderly shutdown: on SIGINT or SIGTERM everything that was registered stops, last started first. */
import type { Logger } from './log.ts'

/** What a program registers its parts with. */
export type Shutdown = {
  /** Registers something to stop; called in reverse order of registration. */
  add(name: string, stop: () => Promise<unknown>): void
  /** Stops everything; a second call does nothing. */
  run(reason: string): Promise<void>
  /** Whether stopping has begun: what fails from then on does so because of it. */
  hasBegun(): boolean
}

/**
 * One Ctrl-C may arrive several times, from the terminal and from every launcher that passes it on: signals this close
 * together are the same signal.
 */
const SAME_SIGNAL_MS = 1000

/**
 * Listens for SIGINT and SIGTERM from now on: exit code 0 once everything has stopped. What does not stop within
 * `patienceMs` is left behind, with exit code 1, and so is everything when a second signal comes a second or more after
 * the first. An embedded PostgreSQL stops cleanly even then, because its keeper sees to that.
 */
export function createShutdown(log: Logger, patienceMs: number): Shutdown {
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
  const abandon = (reason: string) => {
    log.warn({ reason }, 'forced exit')
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now()
      if (firstSignalAt === undefined) {
        firstSignalAt = now
        // Keeps the process alive, which would end in the middle when only promises are left.
        setTimeout(() => abandon(`not stopped within ${patienceMs / 1000} s`), patienceMs)
        void run(signal).then(() => process.exit(0))
      } else if (now - firstSignalAt >= SAME_SIGNAL_MS) abandon(`a second ${signal}`)
    })
  }
  return { add: (name, stop) => parts.push({ name, stop }), run, hasBegun: () => running !== undefined }
}
