/** Waits for the signal that ends a program started by hand. */

/**
 * Resolves at the first SIGINT or SIGTERM. One Ctrl-C may arrive twice, from the terminal and from npm: further signals are
 * ignored, so that the program can stop its parts cleanly.
 */
export function untilSignal(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  })
}
