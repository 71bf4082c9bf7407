/** Applies facts to an event: judged under the event's lock, all that wait together, written with their messages in one transaction. */

import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { lockEventFacts } from '../../db/queries/event-facts.ts'
import { insertCancellations, insertClaimedCancellations } from '../../db/queries/task-cancellations.ts'
import { writeChanges } from '../../db/queries/write-changes.ts'
import type { EventState } from '../../domain/event.ts'
import type { BuildState } from '../../domain/rebuild/states.ts'
import {
  type BuildChange,
  type Change,
  type Fact,
  MAX_ATTEMPTS,
  type Outcome,
  type RetryRules,
} from '../../domain/rebuild/transition/facts.ts'
import {
  groupForWriting,
  type Judged,
  joinOutcomes,
  judgeTogether,
} from '../../domain/rebuild/transition/judge-together.ts'
import { scopeOf } from '../../domain/rebuild/transition/scope.ts'
import type { CounterName } from '../../lib/metrics/counters.ts'
import { inSpan } from '../../lib/tracing/span.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { enqueueOrLeave } from '../enqueue-or-leave.ts'
import { measureForecast } from '../forecast/record-forecasts.ts'
import { writeOutbox } from '../publish/write-outbox.ts'
import { wakeForRoom } from '../task-limit.ts'
import { factSpan } from './fact-span.ts'

const COUNTED: Partial<Record<`${'event' | 'build'} ${EventState | BuildState}`, CounterName>> = {
  'event COMPLETE': 'freshmaker_event_complete',
  'event FAILED': 'freshmaker_event_failed',
  'event SKIPPED': 'freshmaker_event_skipped',
  'event CANCELED': 'freshmaker_event_canceled',
  'build DONE': 'freshmaker_artifact_build_done',
  'build FAILED': 'freshmaker_artifact_build_failed',
  'build CANCELED': 'freshmaker_artifact_build_canceled',
}

/** Characters of a build system's text in a log line; rows have all of it. */
const MAX_DETAIL = 2000

/** What a fact led to; `upTo` is the last message written, null when there is none. `cancel`: builds whose tasks are to be canceled. */
export type Applied = Outcome & { upTo: number | null; cancel: readonly number[] }

/**
 * Judges `fact` and carries out the outcome, in one transaction with all other facts that wait for the event in this process.
 * Safe to repeat: a fact that was applied is ignored the second time. Jobs are enqueued after the commit; should the
 * process end in between, `sweep` finds what is due.
 */
export function applyFact(ctx: Context, eventId: number, fact: Fact): Promise<Outcome> {
  return inSpan(
    () => factSpan(eventId, fact),
    () => ctx.facts(eventId, fact, (facts) => applyTogether(ctx, eventId, facts)),
  )
}

/** When what they lead to cannot be written together, each is applied by itself: only what is wrong fails. */
async function applyTogether(ctx: Context, eventId: number, facts: readonly Fact[]): Promise<Judged[]> {
  let done: Together
  try {
    done = await ctx.db.transaction((em) => applyFactsIn(ctx, em, eventId, facts))
  } catch (error) {
    if (facts.length === 1) throw error
    return applyEach(ctx, eventId, facts)
  }
  await afterCommit(ctx, eventId, done.applied)
  return done.judged
}

async function applyEach(ctx: Context, eventId: number, facts: readonly Fact[]): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const fact of facts) {
    try {
      judged.push(...(await applyTogether(ctx, eventId, [fact])))
    } catch (error) {
      judged.push({ ok: false, error: error instanceof Error ? error : new Error(String(error)) })
    }
  }
  return judged
}

/** One fact inside a transaction that the caller began; call `afterCommit` when it has ended. */
export async function applyFactIn(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  fact: Fact,
): Promise<Applied> {
  const { judged, applied } = await applyFactsIn(ctx, em, eventId, [fact])
  const [result] = judged
  if (result && !result.ok) throw result.error
  return result?.value.ignored === undefined ? applied : { ...applied, ignored: result.value.ignored }
}

/** What became of each fact, and what all of them led to. */
type Together = { judged: Judged[]; applied: Applied }

async function applyFactsIn(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  facts: readonly Fact[],
): Promise<Together> {
  const event = await lockEventFacts(em, eventId, scopeOf(facts))
  const judged = event
    ? judgeTogether(event, facts, retryRules(ctx))
    : facts.map((): Judged => ({ ok: true, value: { ...NOTHING, ignored: `There is no event ${eventId}` } }))
  const outcomes = judged.flatMap((result) => (result.ok ? result.value : []))
  for (const { ignored } of outcomes)
    if (ignored) ctx.log.debug({ event: eventId, reason: ignored }, 'fact ignored')
  const applied: Applied = { ...joinOutcomes(outcomes), cancel: [], upTo: null }
  for (const part of groupForWriting(outcomes)) {
    await writeChanges(em, eventId, part.changes, ctx.now())
    applied.cancel = [...applied.cancel, ...(await writeCancellations(ctx, em, part))]
    applied.upTo = (await writeOutbox(ctx, em, eventId, part.changes)) ?? applied.upTo
  }
  return { judged, applied }
}

const NOTHING: Outcome = { changes: [], wake: [], cancelTasks: [] }

/** Stored in the transaction that ends the builds, so that nothing can lose them. */
async function writeCancellations(
  ctx: Context,
  em: EntityManager,
  { changes, cancelTasks }: Outcome,
): Promise<number[]> {
  const now = ctx.now()
  await insertCancellations(em, cancelTasks, now)
  const unsubmitted = changes.flatMap((change) =>
    change.target === 'build' && change.from === 'PLANNED' && change.to !== 'BUILD' ? [change.id] : [],
  )
  const claimed = await insertClaimedCancellations(em, unsubmitted, now)
  return [...cancelTasks.map(({ buildId }) => buildId), ...claimed]
}

/** Counts, logs, and enqueues the jobs for what `applyFactIn` changed; the sweep does what cannot be done now. */
export async function afterCommit(ctx: Context, eventId: number, applied: Applied): Promise<void> {
  for (const change of applied.changes) announce(ctx, eventId, change)
  await enqueueOrLeave(ctx, { event: eventId }, () => enqueueWork(ctx, eventId, applied))
  if (applied.changes.some(endsEvent)) await measureForecast(ctx, eventId)
}

async function enqueueWork(ctx: Context, eventId: number, applied: Applied): Promise<void> {
  if (applied.upTo !== null) await ctx.queues.enqueue('publish', { eventId, upTo: applied.upTo })
  if (applied.changes.some(freesSlot)) await wakeForRoom(ctx)
  await enqueueBuilds(ctx, applied.wake)
  const cancellations = applied.cancel.map((buildId) => ({
    payload: { kind: 'cancel-due' as const, buildId },
  }))
  await ctx.queues.enqueueAll('transition', cancellations)
}

/** Whether its task has ended, or its submission, which takes a slot too, has come to nothing. */
function freesSlot(change: Change): boolean {
  const { target, from, to } = change
  return target === 'build' && (from === 'BUILD' || from === 'PLANNED') && to !== 'BUILD'
}

/** Whether the event ends with its builds: a canceled one does not show how good its forecast was. */
function endsEvent({ target, from, to }: Change): boolean {
  return target === 'event' && from === 'BUILDING' && (to === 'COMPLETE' || to === 'FAILED')
}

function announce(ctx: Context, eventId: number, change: Change): void {
  if (change.from === change.to) return
  const counter = COUNTED[`${change.target} ${change.to}`]
  if (counter) ctx.metrics.count(counter)
  const what = change.target === 'build' ? ofBuild(change) : {}
  const { from, to, reason } = change
  ctx.log.info({ event: eventId, ...what, from, to, reason }, `${change.target} changed`)
}

/** Why an attempt failed, in the words of the build system, may be as long as the output of a build. */
function ofBuild({ id, patch: { detail } }: BuildChange): { build: number; detail: string | undefined } {
  return { build: id, detail: detail?.slice(0, MAX_DETAIL) }
}

function retryRules(ctx: Context): RetryRules {
  return { maxAttempts: MAX_ATTEMPTS, retryDelaysS: ctx.settings.file.build_retry_delays }
}
