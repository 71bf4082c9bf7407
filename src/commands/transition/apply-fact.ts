/** Applies a fact to an event: judged under the event's lock, written with its messages in one transaction. */

import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { lockEventFacts } from '../../db/queries/event-facts.ts'
import { writeChanges } from '../../db/queries/write-changes.ts'
import type { EventState } from '../../domain/event.ts'
import type { BuildState } from '../../domain/rebuild/states.ts'
import type { Change, Fact, Outcome, RetryRules } from '../../domain/rebuild/transition/facts.ts'
import { transition } from '../../domain/rebuild/transition/state-machine.ts'
import type { CounterName } from '../../lib/metrics.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { writeOutbox } from '../publish/write-outbox.ts'
import { wakeForRoom } from '../task-limit.ts'

const MAX_TRIES = 3

const COUNTED: Partial<Record<`${'event' | 'build'} ${EventState | BuildState}`, CounterName>> = {
  'event COMPLETE': 'freshmaker_event_complete',
  'event FAILED': 'freshmaker_event_failed',
  'event SKIPPED': 'freshmaker_event_skipped',
  'event CANCELED': 'freshmaker_event_canceled',
  'build DONE': 'freshmaker_artifact_build_done',
  'build FAILED': 'freshmaker_artifact_build_failed',
  'build CANCELED': 'freshmaker_artifact_build_canceled',
}

/** What a fact led to; `upTo` is the last message written, null when there is none. */
export type Applied = Outcome & { upTo: number | null }

/**
 * Judges `fact` and carries out the outcome. Safe to repeat: a fact that was applied is ignored the second time.
 * Jobs are enqueued after the commit; should the process end in between, `sweep` finds what is due.
 */
export async function applyFact(ctx: Context, eventId: number, fact: Fact): Promise<Applied> {
  const applied = await ctx.db.transaction((em) => applyFactIn(ctx, em, eventId, fact))
  await afterCommit(ctx, eventId, applied)
  return applied
}

/** The same inside a transaction that the caller began; call `afterCommit` when it has ended. */
export async function applyFactIn(
  ctx: Context,
  em: EntityManager,
  eventId: number,
  fact: Fact,
): Promise<Applied> {
  const event = await lockEventFacts(em, eventId)
  if (!event)
    return { changes: [], wake: [], cancelTasks: [], ignored: `There is no event ${eventId}`, upTo: null }
  const outcome = transition(event, fact, retryRules(ctx))
  await writeChanges(em, eventId, outcome.changes, ctx.now())
  return { ...outcome, upTo: await writeOutbox(ctx, em, eventId, outcome.changes) }
}

/** Counts, logs, and enqueues the jobs for what `applyFactIn` changed. */
export async function afterCommit(ctx: Context, eventId: number, applied: Applied): Promise<void> {
  for (const change of applied.changes) announce(ctx, eventId, change)
  if (applied.ignored) ctx.log.debug({ event: eventId, reason: applied.ignored }, 'fact ignored')
  if (applied.upTo !== null) await ctx.queues.enqueue('publish', { eventId, upTo: applied.upTo })
  if (applied.changes.some(endsTask)) await wakeForRoom(ctx)
  await enqueueBuilds(ctx, applied.wake)
}

function endsTask(change: Change): boolean {
  return change.target === 'build' && change.from === 'BUILD' && change.to !== 'BUILD'
}

function announce(ctx: Context, eventId: number, change: Change): void {
  if (change.from === change.to) return
  const counter = COUNTED[`${change.target} ${change.to}`]
  if (counter) ctx.metrics.count(counter)
  const what = change.target === 'build' ? { event: eventId, build: change.id } : { event: eventId }
  ctx.log.info(
    { ...what, from: change.from, to: change.to, reason: change.reason },
    `${change.target} changed`,
  )
}

function retryRules(ctx: Context): RetryRules {
  return { maxTries: MAX_TRIES, retryDelaysS: ctx.settings.file.build_retry_delays }
}
