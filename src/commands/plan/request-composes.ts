/** Requests the composes that an event's builds need from ODCS (behaviour/freshmaker 8.4). */
import type { OdcsClient } from '../../clients/odcs/client.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import { insertDryRunCompose } from '../../db/queries/composes.ts'
import {
  type DueRequest,
  dueRequests,
  linkCompose,
  lockDueRequest,
  waitingBuilds,
} from '../../db/queries/planning/compose-requests.ts'
import { type ComposeState, isEndedComposeState } from '../../domain/rebuild/compose-state.ts'
import type { ComposeNeed } from '../../domain/rebuild/plan/compose-needs.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import { isOddOutcome, isTransient, messageOf, NotVerifiable } from '../../lib/errors.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { noteProbe, notingWrites, passCircuit } from '../service-trouble.ts'
import { applyFact } from '../transition/apply-fact.ts'

/**
 * Safe to repeat: only requests without a compose are sent, each under a lock. When the answer to one is lost, its compose
 * is looked for; one that cannot be found is requested again, and the first expires unused. A request that ODCS refuses
 * fails the builds that need it; one whose answer cannot be read does not hold up the others.
 * @throws ServiceInTrouble while ODCS is known to be in trouble, NotVerifiable when an answer cannot be read and no compose is found
 */
export async function requestComposes(ctx: Context, eventId: number): Promise<void> {
  let unreadable: NotVerifiable | undefined
  for (let after = 0, more = true; more; ) {
    const requested = await ctx.db.transaction(async (em) => {
      const due = await lockDueRequest(em, eventId, after)
      if (!due) return undefined
      const outcome = await request(ctx, due)
      if ('odcsId' in outcome) await linkCompose(em, due.id, outcome)
      return { due, outcome }
    })
    more = requested !== undefined
    if (!requested) continue
    const { due, outcome } = requested
    after = due.id
    if ('unreadable' in outcome) unreadable ??= outcome.unreadable
    else await passOn(ctx, eventId, due.id, outcome)
  }
  if (unreadable) throw unreadable
}

type Ended = { odcsId: number; state: ComposeState } | { refused: string }
/** `unreadable`: it may have been requested, but its compose is not found. */
type Outcome = Ended | { unreadable: NotVerifiable }

async function request(ctx: Context, { need, dryRun }: DueRequest): Promise<Outcome> {
  if (dryRun || ctx.settings.env.DRY_RUN) {
    const odcsId = await ctx.db.transaction(insertDryRunCompose)
    return { odcsId, state: 'done' }
  }
  const { odcs } = required(ctx.clients, 'odcs')
  const startedAt = ctx.now()
  const isProbe = await passCircuit(ctx, 'odcs')
  const outcome = await send(ctx, odcs, need)
  if (isProbe && 'odcsId' in outcome) await noteProbe(ctx, 'odcs', startedAt, 'write')
  return outcome
}

async function send(ctx: Context, odcs: OdcsClient, need: ComposeNeed): Promise<Outcome> {
  try {
    const compose = await notingWrites(ctx, () => odcs.requestCompose(need))
    ctx.log.info({ compose: compose.id, type: need.type, source: need.source }, 'compose requested')
    return { odcsId: compose.id, state: compose.state }
  } catch (error) {
    if (isOddOutcome(error)) return { unreadable: new NotVerifiable(error.message) }
    if (isTransient(error)) throw error
    return { refused: messageOf(error) }
  }
}

/** Ends the builds that wait for composes which could not be requested in time, with `error` in their reason. Safe to repeat. */
export async function giveUpComposes(ctx: Context, eventId: number, error: string): Promise<void> {
  for (const requestId of await dueRequests(ctx.db.fork(), eventId))
    await passOn(ctx, eventId, requestId, { refused: error })
}

async function passOn(ctx: Context, eventId: number, requestId: number, outcome: Ended): Promise<void> {
  const builds = await waitingBuilds(ctx.db.fork(), requestId)
  if ('refused' in outcome) {
    const reason = buildText.handlingFailed(outcome.refused)
    for (const buildId of builds)
      await applyFact(ctx, eventId, { kind: 'submission-refused', buildId, reason })
  } else if (isEndedComposeState(outcome.state)) {
    await enqueueBuilds(ctx, builds)
  }
}
