/** Handles the end of an ODCS compose for the builds that wait for it (behaviour/freshmaker 6.5, 6.10). */
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import { plannedBuildsOf, setComposeState } from '../../db/queries/composes.ts'
import { requestAgain } from '../../db/queries/planning/compose-requests.ts'
import { isEndedComposeState } from '../../domain/rebuild/compose-state.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import { isOdd, NotVerifiable } from '../../lib/errors.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { applyFact } from './apply-fact.ts'

/**
 * Queries ODCS for a compose and stores its state, then fails or wakes the planned builds linked to it. One that is still being made
 * stays as it is; a removed one is passed on, since the build system renews it. A compose that ODCS no longer knows is requested
 * again if builds could use it before (decision 0084); any other unknown one counts as failed. Safe to repeat. @throws NotVerifiable while its record cannot be read
 */
export async function composeReported(ctx: Context, odcsComposeId: number): Promise<void> {
  const { odcs } = required(ctx.clients, 'odcs')
  const answer = (await odcs.composes([odcsComposeId])).get(odcsComposeId)
  if (!answer) return
  if (!answer.ok) throw isOdd(answer.error) ? new NotVerifiable(answer.error.message) : answer.error
  const state = answer.value?.state ?? 'failed'
  if (!isEndedComposeState(state)) return
  const em = ctx.db.fork()
  if (answer.value === null) await replace(ctx, odcsComposeId)
  await setComposeState(em, odcsComposeId, state)
  const waiting = await plannedBuildsOf(em, odcsComposeId)
  if (state === 'failed') {
    for (const eventId of new Set(waiting.map((build) => build.eventId)))
      await applyFact(ctx, eventId, { kind: 'compose-failed', composeId: odcsComposeId })
    return
  }
  await enqueueBuilds(
    ctx,
    waiting.map((build) => build.id),
  )
}

/** A compose without a request, as of an imported event, cannot be replaced: its builds end. */
async function replace(ctx: Context, odcsComposeId: number): Promise<void> {
  const events = await requestAgain(ctx.db.fork(), odcsComposeId)
  if (events.length > 0)
    ctx.log.warn({ compose: odcsComposeId, events }, 'ODCS no longer knows a compose, will request it again')
  for (const eventId of events) await ctx.queues.enqueue('plan', { eventId })
}

/** Ends the builds that wait for a compose whose state cannot be found out, with `error` in their reason. Safe to repeat. */
export async function giveUpCompose(ctx: Context, odcsComposeId: number, error: string): Promise<void> {
  const reason = buildText.handlingFailed(error)
  for (const { id: buildId, eventId } of await plannedBuildsOf(ctx.db.fork(), odcsComposeId))
    await applyFact(ctx, eventId, { kind: 'submission-refused', buildId, reason })
}
