/** Decides how long a job waits for what is not its own fault, and when its patience is over. */
import type { Context } from '../context.ts'
import { endWait, postponeWait, recordWait, type WaitSubject } from '../db/queries/waits.ts'
import { messageOf, NotVerifiable, ServiceInTrouble, troubleOf } from '../lib/errors.ts'
import { durationText, type Proof, pauseMs, recordRecovery, recordTrouble } from './service-trouble.ts'

/** How long the job waits before its next attempt, or the `reason` why it waits no longer. */
export type Patience = { retryInMs: number } | { reason: string }

/**
 * Records that a job waits because of `error`: trouble of a service or account, or a result that cannot be verified
 * yet. Undefined for every other error. A job waits up to `trouble_patience_s` for each service, and up to
 * `verify_patience_s` for a verification; then the caller ends it with the reason, and the wait (`endPatience`) after that. `answered`:
 * the services that have answered the job.
 */
export async function waitFor(
  ctx: Context,
  subject: WaitSubject,
  error: unknown,
  answered?: ReadonlySet<string>,
): Promise<Patience | undefined> {
  const trouble = error instanceof ServiceInTrouble ? error.trouble : troubleOf(error)
  const isUnverified = error instanceof NotVerifiable
  if (!trouble && !isUnverified) return undefined
  if (trouble && !(error instanceof ServiceInTrouble)) await recordTrouble(ctx, trouble)
  const now = ctx.now()
  const cause = trouble ?? { service: null, blame: null, detail: messageOf(error) }
  const em = ctx.db.fork()
  const since = await recordWait(em, subject, cause, now, answered)
  const waitedMs = now.getTime() - since.getTime()
  const { trouble_patience_s: troublePatienceS, verify_patience_s: verifyPatienceS } = ctx.settings.file
  if (waitedMs >= (isUnverified ? verifyPatienceS : troublePatienceS) * 1000)
    return { reason: `${cause.detail} (waited ${durationText(waitedMs)})` }
  const retryInMs =
    error instanceof ServiceInTrouble
      ? error.retryInMs
      : Math.max(pauseMs(waitedMs), trouble?.retryAfterMs ?? 0)
  await postponeWait(em, subject.jobId, new Date(now.getTime() + retryInMs))
  return { retryInMs }
}

/** Deletes the wait of a job whose patience was over, once it has ended: if a process dies before that, the patience must not start again. */
export async function endPatience(ctx: Context, jobId: string): Promise<void> {
  await endWait(ctx.db.fork(), jobId)
}

/**
 * A waiting job made progress: deletes its wait, and reports the services it waited for as recovered, as far as its calls prove
 * that. `answered`: those that have answered it; none when it had nothing left to do, such as for a canceled event. Without it, all have.
 */
export async function recordProgress(
  ctx: Context,
  jobId: string,
  startedAt: Date,
  { proof, answered }: { proof: Proof; answered?: ReadonlySet<string> },
): Promise<void> {
  for (const service of await endWait(ctx.db.fork(), jobId))
    if (answered?.has(service) ?? true) await recordRecovery(ctx, service, startedAt, proof)
}
