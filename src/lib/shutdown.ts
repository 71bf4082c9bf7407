/** Ending a process in order: on SIGINT or SIGTERM everything that was registered stops, last started first. */
import type { Logger } from './log.ts'

/** What a program registers its parts with. */
export type Shutdown = {
  /** Registers something to stop; called in reverse order of registration. */
  add(name: string, stop: () => Promise<unknown>): void
  /** Stops everything; a second call does nothing. */
  run(reason: string): Promise<void>
}

/** Listens for SIGINT and SIGTERM; what does not stop within `patienceMs` is left behind. */
export function createShutdown(log: Logger, patienceMs = 10_000): Shutdown {
  const parts: { name: string; stop: () => Promise<unknown> }[] = []
  let running: Promise<void> | undefined
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
    process.once(signal, () => {
      setTimeout(() => process.exit(1), patienceMs).unref()
      void run(signal).then(() => process.exit(0))
    })
  }
  return { add: (name, stop) => parts.push({ name, stop }), run }
}
