/** Cancels an event for a user, whether the request came by the API or the bus (behaviour/freshmaker 3.3, 6.9). */
import type { Context } from '../../context.ts'
import { eventStateOf } from '../../db/queries/events.ts'
import type { Message } from '../../db/queries/messages/outbox.ts'
import { runningBuildsOf } from '../../db/queries/running-tasks.ts'
import { auditSubject, type RequestOrigin } from '../../domain/audit.ts'
import type { EventState } from '../../domain/event.ts'
import { isFinalTaskState } from '../../domain/rebuild/task-state.ts'
import type { TaskEnd } from '../../domain/rebuild/transition/facts.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import { recordChange } from '../audit.ts'
import { writeMessages } from '../publish/write-outbox.ts'
import { type Applied, afterCommit, applyFactIn } from './apply-fact.ts'
import { lookUpTask } from './look-up-task.ts'

const LOOK_MS = 3000

/**
 * `requester`: user name; null when unknown. `announce`: the message for listeners, given the builds whose tasks are canceled.
 * `lookMs`: how long each query to Koji for tasks that have ended unnoticed may take (default 3000), since the caller waits.
 */
export type CancelRequest = {
  requester: string | null
  origin: RequestOrigin
  announce?: (buildIds: number[]) => Message
  lookMs?: number
}

/**
 * Cancels an event that has not ended; its running tasks are canceled afterwards, by jobs that the same transaction
 * makes due. Safe to repeat: an event that has ended stays as it is.
 * @returns the state of the event now, CANCELED unless it had ended in another; undefined when there is no such event
 */
export async function cancelEvent(
  ctx: Context,
  eventId: number,
  { requester, origin, announce, lookMs = LOOK_MS }: CancelRequest,
): Promise<EventState | undefined> {
  const ended = await lookForEnds(ctx, eventId, lookMs)
  const applied = await ctx.db.transaction(async (em): Promise<Applied> => {
    const outcome = await applyFactIn(ctx, em, eventId, { kind: 'cancel', by: requester, ended })
    if (outcome.ignored !== undefined) return outcome
    const done = { subject: auditSubject.event(eventId), eventId, outcome: 'done' } as const
    await recordChange(em, { ...origin, who: requester, action: 'cancel', ...done })
    if (!announce) return outcome
    const message = announce(canceledWhileRunning(outcome))
    return { ...outcome, upTo: await writeMessages(ctx, em, { eventId }, [message]) }
  })
  await afterCommit(ctx, eventId, applied)
  return eventStateOf(ctx.db.fork(), eventId)
}

function canceledWhileRunning({ changes }: Applied): number[] {
  return changes.flatMap((change) =>
    change.target === 'build' && change.from === 'BUILD' && change.to === 'CANCELED' ? [change.id] : [],
  )
}

/** Tasks of running builds that Koji had ended before. While Koji is in trouble none is known, which ends no build. */
async function lookForEnds(ctx: Context, eventId: number, lookMs: number): Promise<TaskEnd[]> {
  const look = <T>(query: () => Promise<T>) => inTime(ctx, eventId, lookMs, query)
  const running = await runningBuildsOf(ctx.db.fork(), eventId)
  const real = running.filter(({ dryRun }) => !dryRun)
  const tasks = (await look(async () => ctx.clients.koji?.taskInfos(real.map((b) => b.taskId)))) ?? new Map()
  const ended = running.filter((build) => {
    const state = tasks.get(build.taskId)?.state
    return build.dryRun || (state !== undefined && isFinalTaskState(state))
  })
  const facts = await Promise.all(ended.map((build) => look(() => lookUpTask(ctx, build))))
  return facts.filter((fact) => fact !== undefined && fact.kind !== 'task-lost')
}

async function inTime<T>(
  ctx: Context,
  eventId: number,
  lookMs: number,
  query: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withinTime(query(), lookMs)
  } catch (error) {
    ctx.log.info({ event: eventId, err: messageOf(error) }, 'could not check task before cancellation')
    return undefined
  }
}
