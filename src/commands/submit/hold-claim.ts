/** Holds the claim on an attempt while its request is prepared and sent, and notices when another run has taken it. */
import type { Context } from '../../context.ts'
import { extendClaim } from '../../db/queries/submit/build-claim.ts'
import type { ClaimedBuild } from '../../domain/rebuild/submit/claimed-build.ts'
import { messageOf } from '../../lib/errors.ts'

/** How long a claim lasts without a sign of life; also the time given to a request whose sender was killed. */
export const LEASE_MS = 8000
const RENEW_MS = 2000

/** Whether the claim is certainly still ours; checked right before the request is sent. */
export type IsHeld = () => boolean

/**
 * Renews the claim while `work` runs, so that only a process that died or hung lets it go. One that has passed to another
 * run stays lost, since that run may have sent the request.
 */
export async function whileHolding(
  ctx: Pick<Context, 'db' | 'log' | 'now'>,
  { id, claim, claimedAt }: Pick<ClaimedBuild, 'id' | 'claim' | 'claimedAt'>,
  work: (isHeld: IsHeld) => Promise<void>,
): Promise<void> {
  let heldUntil = claimedAt + LEASE_MS
  let isLost = false
  const renew = async () => {
    const started = performance.now()
    const until = new Date(ctx.now().getTime() + LEASE_MS)
    if (await extendClaim(ctx.db.fork(), id, claim, until)) heldUntil = started + LEASE_MS
    else isLost = true
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) =>
      ctx.log.warn({ build: id, err: messageOf(error) }, 'could not extend the claim'),
    )
  }, RENEW_MS)
  try {
    await work(() => !isLost && performance.now() < heldUntil)
  } finally {
    clearInterval(timer)
  }
}
