/** Since when a job has waited, for each thing that it waits for: waiting for something else in between does not restart its patience. */

/** Milliseconds since 1970, by service, or by `VERIFICATION`. */
export type WaitClocks = Readonly<Record<string, number>>

/** What a job waits for whose result cannot be verified yet. It is not the name of a service. */
export const VERIFICATION = 'verification'

/**
 * The clocks of a job that has to wait for `cause` at `now`. The clock of a service that has answered the job is removed, and starts
 * anew the next time; that of `cause` itself keeps running, because other calls of the same service may have worked. The clock of a
 * verification stops while a service does not answer, because nothing can be found out about the result then.
 */
export function nextClocks(
  clocks: WaitClocks,
  cause: string,
  { answered, now }: { answered: ReadonlySet<string>; now: number },
): WaitClocks {
  const isOver = (name: string) => name !== VERIFICATION && name !== cause && answered.has(name)
  const lasting = Object.fromEntries(Object.entries(clocks).filter(([name]) => !isOver(name)))
  const verifying = clocks[VERIFICATION]
  const over = Object.entries(clocks).flatMap(([name, since]) => (isOver(name) ? [since] : []))
  const stoodStill =
    verifying === undefined || over.length === 0 ? 0 : now - Math.max(verifying, Math.min(...over))
  return {
    [cause]: now,
    ...lasting,
    ...(verifying !== undefined && { [VERIFICATION]: verifying + stoodStill }),
  }
}
