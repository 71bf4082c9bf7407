/** Requests the composes that an event's builds need from ODCS (behaviour/freshmaker 8.4). */
import type { OdcsClient } from '../../clients/odcs/client.ts'
import type { Before } from '../../clients/odcs/request-compose.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import { insertDryRunCompose } from '../../db/queries/composes.ts'
import {
  type DueRequest,
  dueRequests,
  linkCompose,
  lockRequest,
  markRequest,
  nextDueRequest,
  waitingBuilds,
} from '../../db/queries/planning/compose-requests.ts'
import { type ComposeState, isEndedComposeState } from '../../domain/rebuild/compose-state.ts'
import type { ComposeNeed } from '../../domain/rebuild/plan/compose-needs.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import { isOddOutcome, isTransient, messageOf, NotVerifiable } from '../../lib/errors.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { notingWrites, passCircuit, recordProbe } from '../service-trouble.ts'
import { applyFact } from '../transition/apply-fact.ts'

/**
 * Safe to repeat: only requests without a compose are sent, each under a lock. A request that an earlier run may have sent is looked for
 * in ODCS before it is sent again (decision 0083). A request that ODCS refuses
 * fails the builds that need it; one whose answer cannot be read does not hold up the others.
 * @throws ServiceInTrouble while ODCS is known to be in trouble, NotVerifiable when an answer cannot be read and no compose is found
 */
export async function requestComposes(ctx: Context, eventId: number): Promise<void> {
  let unreadable: NotVerifiable | undefined
  for (let after = 0; ; ) {
    const due = await nextDueRequest(ctx.db.fork(), eventId, after)
    if (!due) break
    after = due.id
    const outcome = await request(ctx, due)
    if (!outcome) continue // another run is sending it
    if ('unreadable' in outcome) unreadable ??= outcome.unreadable
    else await passOn(ctx, eventId, due.id, outcome)
  }
  if (unreadable) throw unreadable
}

type Ended = { odcsId: number; state: ComposeState } | { refused: string }
/** `unreadable`: it may have been requested, but its compose is not found. */
type Outcome = Ended | { unreadable: NotVerifiable }

/** Undefined: another run is sending it, or nothing needs it any more. */
async function request(ctx: Context, due: DueRequest): Promise<Outcome | undefined> {
  if (due.dryRun || ctx.settings.env.DRY_RUN) {
    return whileLocked(ctx, due, async () => ({
      odcsId: await ctx.db.transaction(insertDryRunCompose),
      state: 'done',
    }))
  }
  const { odcs } = required(ctx.clients, 'odcs')
  const startedAt = ctx.now()
  const isProbe = await passCircuit(ctx, 'odcs')
  const before = await mark(ctx, odcs, due)
  const outcome = before && (await whileLocked(ctx, due, () => send(ctx, odcs, due.need, before)))
  if (isProbe && outcome && 'odcsId' in outcome) await recordProbe(ctx, 'odcs', startedAt, 'write')
  return outcome
}

/** What was there before the request is sent for the first time; undefined: another run is about to send it. */
async function mark(
  ctx: Context,
  odcs: OdcsClient,
  { id, newestBefore }: DueRequest,
): Promise<Before | undefined> {
  if (newestBefore !== null) return { newest: newestBefore, maybeSent: true }
  const newest = await notingWrites(ctx, () => odcs.newestId())
  const isMarked = newest === null || (await markRequest(ctx.db.fork(), id, newest))
  return isMarked ? { newest, maybeSent: false } : undefined
}

async function whileLocked(
  ctx: Context,
  { id }: DueRequest,
  makeRequest: () => Promise<Outcome>,
): Promise<Outcome | undefined> {
  return ctx.db.transaction(
    async (em) => {
      if (!(await lockRequest(em, id))) return undefined
      const outcome = await makeRequest()
      if ('odcsId' in outcome) await linkCompose(em, id, outcome)
      return outcome
    },
    { once: true }, // the next run finds what was requested
  )
}

async function send(ctx: Context, odcs: OdcsClient, need: ComposeNeed, before: Before): Promise<Outcome> {
  try {
    const compose = await notingWrites(ctx, () => odcs.requestCompose(need, before))
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
