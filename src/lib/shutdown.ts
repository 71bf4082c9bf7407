/** Orderly shutdown: on SIGINT or SIGTERM, stops every registered part in reverse order of registration. */
import type { Logger } from './log.ts'

/** Registry of the parts of a program that have to be stopped. */
export type Shutdown = {
  /** Registers a part; parts registered later stop earlier. */
  add(name: string, stop: () => Promise<unknown>): void
  /** Stops everything. Safe to repeat: a second call waits for the first. */
  run(reason: string): Promise<void>
}

/** Handles SIGINT and SIGTERM; after `patienceMs` the process exits even if some parts have not stopped. */
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
