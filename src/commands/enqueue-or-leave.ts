/** Adds the jobs for what was just committed; those that cannot be added are left to the sweep (design rule 1). */
import type { Context } from '../context.ts'
import { messageOf } from '../lib/errors.ts'

/**
 * A caller whose change is committed must not get an error, and a repeat would find nothing to do. `about`: ids
 * for the log. Not for work whose repeat enqueues again: that has to throw, so that its job is attempted again.
 */
export async function enqueueOrLeave(
  { log }: Pick<Context, 'log'>,
  about: Record<string, unknown>,
  enqueue: () => Promise<void>,
): Promise<void> {
  try {
    await enqueue()
  } catch (error) {
    log.warn({ ...about, err: messageOf(error) }, 'could not enqueue jobs, left to the sweep')
  }
}
