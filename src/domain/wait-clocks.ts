/** Since when a job has waited, for each thing that it waits for: what it meets in between does not start its patience again. */

/** Milliseconds since 1970, by service, or by `VERIFICATION`. */
export type WaitClocks = Readonly<Record<string, number>>

/** What a job waits for whose result cannot be verified yet. It is not the name of a service. */
export const VERIFICATION = 'verification'

/**
 * The clocks of a job that has to wait for `cause` at `now`. A service that has answered the job meanwhile starts again the next time; one
 * that has failed too is still waited for, since some of its calls may work. Time in which a service did not answer says nothing about a
 * result: that clock stands still.
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
