/** Ends a measurement that is started by hand with its exit code. */

/**
 * Exits with 0 when `measure` finds everything as it should be, and with 1 when it does not or fails. Ctrl-C aborts its signal, which
 * stops the parts cleanly; a measurement that fails because of that ends with one line and the exit code of a shell.
 */
export async function runToExit(measure: (stopped: AbortSignal) => Promise<boolean>): Promise<never> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  try {
    process.exit((await measure(stop.signal)) ? 0 : 1)
  } catch (error) {
    if (stop.signal.aborted) console.error('Stopped before there was a result.')
    else console.error(error)
    process.exit(stop.signal.aborted ? 130 : 1)
  }
}
