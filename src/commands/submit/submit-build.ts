/** Submits one attempt of a build to the build system, exactly once however often it runs (design rule 6). */
import type { KojiClient } from '../../clients/koji/client.ts'
import { KojiFault } from '../../clients/koji/hub/fault.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import { wasTaskReported } from '../../db/queries/messages/inbox.ts'
import { dropClaim, eventOfPlanned, extendClaim } from '../../db/queries/submit/build-claim.ts'
import type { ClaimedBuild } from '../../domain/rebuild/submit/claimed-build.ts'
import { type ContainerRequest, containerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import {
  messageOf,
  NotReady,
  OutcomeUnknown,
  Permanent,
  ServiceInTrouble,
  troubleOf,
} from '../../lib/errors.ts'
import { enqueueOrLeave } from '../enqueue-or-leave.ts'
import { notingWrites, passCircuit, recordProbe } from '../service-trouble.ts'
import { wakeForRoom } from '../task-limit.ts'
import { applyFact } from '../transition/apply-fact.ts'
import { expectSurplus } from '../transition/cancel-surplus.ts'
import { claimBuild } from './build-claim.ts'
import { checkBundle } from './check-bundle.ts'
import { type CheckedRequest, checkOrigins } from './check-origins.ts'
import { findTask, takeLostTask } from './find-task.ts'
import { type IsHeld, LEASE_MS, whileHolding } from './hold-claim.ts'
import { submitDryRun } from './submit-dry-run.ts'

/** After a lost answer, how long the build system is given to finish what it may have begun. */
const SETTLE_MS = 2000
const COMPOSE_PAUSE_MS = 15_000
/** How far the clocks of this machine and of the one that received a message may differ. */
const CLOCKS_MS = 1000

/**
 * Does nothing when the build is not ready or already submitted. @throws NotReady while another run holds the attempt,
 * while its delay lasts, or after a lost answer: the next run looks for the task before it submits again.
 * @throws Permanent when the build system permanently refuses to show what the submission depends on
 */
export async function submitBuild(ctx: Context, buildId: number): Promise<void> {
  const began = ctx.now()
  const build = await claimBuild(ctx, buildId, LEASE_MS)
  if (!build) return
  const request = containerRequest(build, ctx.settings)
  if (typeof request === 'string') return refuse(ctx, build, request)
  if (build.dryRun) {
    const refused = await wouldRefuse(ctx, build)
    return refused === undefined ? submitDryRun(ctx, build) : refuse(ctx, build, refused)
  }
  const { koji } = required(ctx.clients, 'koji')
  await whileHolding(ctx, build, async (isHeld) => {
    const outcome = await submitOnce(ctx, { koji, build, request, isHeld })
    if ('refused' in outcome) return refuse(ctx, build, outcome.refused)
    const { retryCount } = build
    const { taskId, note } = outcome
    const fact = { kind: 'task-submitted' as const, buildId, retryCount, taskId, note }
    const { ignored } = await applyFact(ctx, build.eventId, fact)
    // The build has ended while the build system worked on the request.
    if (ignored !== undefined) await expectSurplus(ctx, buildId, request, build.uncertainSince ?? began)
    if (outcome.isLost) await ctx.queues.enqueue('transition', { kind: 'task-reported', taskId })
    else await lookAtEnded(ctx, taskId, build.uncertainSince ?? began)
  })
}

/** Why the build system would refuse a build of a dry run, as far as reads show that: it ends as a real one would. */
async function wouldRefuse({ clients }: Context, build: ClaimedBuild): Promise<string | undefined> {
  return clients.koji && checkBundle(clients.koji, build)
}

/** Ends a build that can have no task. Without its claim, since a build that ends with one is searched for a task. */
async function refuse(ctx: Context, build: ClaimedBuild, reason: string): Promise<void> {
  const { id: buildId, eventId, claim, uncertainSince } = build
  if (!uncertainSince) await dropClaim(ctx.db.fork(), buildId, claim)
  await applyFact(ctx, eventId, { kind: 'submission-refused', buildId, reason })
}

/**
 * A quick task may end before its id is stored here, so that its message was ignored when it came. A message that comes
 * later finds the id, so that none is missed.
 */
async function lookAtEnded(ctx: Context, taskId: number, since: Date): Promise<void> {
  const from = new Date(since.getTime() - CLOCKS_MS)
  if (!(await wasTaskReported(ctx.db.fork(), taskId, from))) return
  await ctx.queues.enqueue('transition', { kind: 'task-reported', taskId })
}

/** An attempt that this run has claimed. */
type Submission = { koji: KojiClient; build: ClaimedBuild; request: ContainerRequest; isHeld: IsHeld }

/** `isLost`: reports about it may be lost too. */
type Outcome = { taskId: number; note: string | null; isLost: boolean } | { refused: string }

/**
 * The task of this attempt, or why there can be none. Whatever goes wrong before something may have been sent gives the
 * claim back, so that nothing has to be looked up later.
 */
async function submitOnce(ctx: Context, submission: Submission): Promise<Outcome> {
  const { build } = submission
  try {
    const refusal = build.uncertainSince ? undefined : await prepare(ctx, submission)
    return refusal ?? (await findOrSubmit(ctx, submission))
  } catch (error) {
    if (error instanceof OutcomeUnknown) return lookLater(ctx, build, error)
    // What an earlier run may have sent was searched for first, without a result.
    if (isFinal(error) && build.uncertainSince) return { refused: buildText.handlingFailed(messageOf(error)) }
    if (!build.uncertainSince) await giveBack(ctx, build, error)
    throw isFinal(error) ? new Permanent(messageOf(error)) : error
  }
}

/** Ends the claim after nothing was sent. While nothing is in trouble, the slot that it took goes to another build. */
async function giveBack(ctx: Context, { id, claim }: ClaimedBuild, error: unknown): Promise<void> {
  await dropClaim(ctx.db.fork(), id, claim)
  const isTrouble = error instanceof ServiceInTrouble || troubleOf(error) !== undefined
  if (!isTrouble) await enqueueOrLeave(ctx, { build: id }, () => wakeForRoom(ctx, { isGivenBack: true }))
}

/** What a new task depends on apart from the builds that it starts from; a reason when there can be none. @throws NotReady while a compose is made */
async function prepare(
  ctx: Context,
  { koji, build, request }: Submission,
): Promise<{ refused: string } | undefined> {
  if (build.isOnDryRun) return { refused: buildText.onDryRun }
  const refused = await checkBundle(koji, build)
  if (refused !== undefined) return { refused }
  await awaitComposes(ctx, build, request)
  return undefined
}

/**
 * Another user may be renewing the composes the original image was built with (behaviour/freshmaker 8.2). Those that this build has
 * requested may be gone since they were done; what becomes of the build then is up to `composeReported`.
 */
async function awaitComposes(ctx: Context, build: ClaimedBuild, request: ContainerRequest): Promise<void> {
  const unusable = await ctx.clients.odcs?.unusable(request.opts.compose_ids ?? [])
  if (!unusable) return
  const { unfinished, unknown } = unusable
  if (unfinished.length > 0)
    throw new NotReady(`compose ${unfinished.join(', ')} is still being made`, COMPOSE_PAUSE_MS)
  const gone = unknown.filter((id) => build.composeIds.includes(id))
  for (const odcsComposeId of gone)
    await ctx.queues.enqueue('transition', { kind: 'compose-reported', odcsComposeId })
  if (gone.length > 0) throw new NotReady(`ODCS no longer knows compose ${gone.join(', ')}`, COMPOSE_PAUSE_MS)
}

/**
 * The task that an earlier run of this attempt left behind, or a new one, once the build system is out of trouble. What a new one
 * depends on holds up or refuses only that: what was sent before continues, whatever becomes of its composes and of the builds
 * that it starts from.
 */
async function findOrSubmit(ctx: Context, submission: Submission): Promise<Outcome> {
  const { koji, build, request } = submission
  const startedAt = ctx.now()
  const isProbe = await passCircuit(ctx, 'koji')
  const left = await notingWrites(ctx, () => findLeftTask(ctx, koji, build, request)) // it needs the same login
  const outcome =
    left === undefined
      ? await takeLostOrSubmit(ctx, submission)
      : { taskId: left, note: await noteOn(submission), isLost: false }
  if (isProbe) await recordProbe(ctx, 'koji', startedAt, 'refused' in outcome ? 'read' : 'write')
  return outcome
}

async function takeLostOrSubmit(ctx: Context, submission: Submission): Promise<Outcome> {
  const { koji, build, request, isHeld } = submission
  if (build.uncertainSince) {
    // The build system may still work on the request of an earlier run. Before anything is sent, since this run may end there too.
    await expectSurplus(ctx, build.id, request, build.uncertainSince)
    const refusal = await prepare(ctx, submission)
    if (refusal) return refusal
  }
  const checked = await checkOrigins(koji, build.originalNvr ?? '', request)
  const sent = 'refused' in checked ? request : checked.request
  const lost = await notingWrites(ctx, () => takeLostTask(ctx, koji, build, sent))
  return lost === undefined
    ? submitNew(ctx, koji, checked, isHeld)
    : { taskId: lost, note: noteOf(checked), isLost: true }
}

/** The note about a task that an earlier run has submitted; null also when the build system no longer shows what it was made from. */
async function noteOn({ koji, build, request }: Submission): Promise<string | null> {
  try {
    return noteOf(await checkOrigins(koji, build.originalNvr ?? '', request))
  } catch (error) {
    if (isFinal(error)) return null
    throw error
  }
}

async function submitNew(
  ctx: Context,
  koji: KojiClient,
  checked: CheckedRequest,
  isHeld: IsHeld,
): Promise<Outcome> {
  if ('refused' in checked) return checked
  try {
    const taskId = await notingWrites(ctx, () => koji.submitContainer(checked.request, isHeld))
    return { taskId, note: checked.note, isLost: false }
  } catch (error) {
    // An earlier run has left no task, or it would have been found: the refusal is the outcome of the attempt.
    if (isFinal(error)) return { refused: buildText.handlingFailed(messageOf(error)) }
    throw error
  }
}

function noteOf(checked: CheckedRequest): string | null {
  return 'refused' in checked ? null : checked.note
}

async function findLeftTask(
  ctx: Context,
  koji: KojiClient,
  build: ClaimedBuild,
  request: ContainerRequest,
): Promise<number | undefined> {
  if (!build.uncertainSince) return undefined
  const { id: buildId, uncertainSince: since } = build
  return findTask(ctx, koji, { buildId, request, since })
}

async function lookLater(ctx: Context, build: ClaimedBuild, error: OutcomeUnknown): Promise<never> {
  ctx.log.warn({ build: build.id, err: messageOf(error) }, 'submission answer lost, will search for its task')
  await extendClaim(ctx.db.fork(), build.id, build.claim, new Date(ctx.now().getTime() + SETTLE_MS))
  const trouble = troubleOf(error)
  if (trouble) throw new ServiceInTrouble(trouble, SETTLE_MS + 100)
  throw new NotReady('the answer to the submission was lost; looking for its task next', SETTLE_MS + 100)
}

/** Whether the hub will refuse this very build however often it is submitted. */
function isFinal(error: unknown): boolean {
  return error instanceof KojiFault && error.blame === 'thing'
}

/**
 * Ends a build that cannot be submitted, with `error` in its reason. Safe to repeat.
 * @returns false, having changed nothing, while a claim is open: something may have been sent. With `isSearched` it ends
 * all the same: what was sent can never be found, and sending it again might make a second task
 */
export async function refuseSubmission(
  ctx: Context,
  buildId: number,
  error: string,
  { isSearched }: { isSearched: boolean },
): Promise<boolean> {
  const eventId = await eventOfPlanned(ctx.db.fork(), buildId, { withClaim: isSearched })
  if (eventId === undefined) return false
  const reason = buildText.handlingFailed(error)
  await applyFact(ctx, eventId, { kind: 'submission-refused', buildId, reason })
  return true
}
