/** Resumes an ended event: a new event plans again what failed, and keeps what is DONE (decision 0016). */
import type { Context } from '../context.ts'
import type { EventRow } from '../db/entities/index.ts'
import type { EntityManager } from '../db/orm.ts'
import { findEvent, insertEvent, lockAdvisory } from '../db/queries/events.ts'
import {
  destinationOfBuilds,
  insertResumption,
  leftBuilds,
  openEventOf,
  resumingEvents,
} from '../db/queries/planning/resumptions.ts'
import { auditSubject, type RequestOrigin } from '../domain/audit.ts'
import { eventStateName } from '../domain/event.ts'
import { eventSubject } from '../domain/event-subject.ts'
import { judgeResume, type ResumeRefusal } from '../domain/rebuild/plan/choose-resumed.ts'
import { resumeText } from '../domain/rebuild/texts.ts'
import { recordChange } from './audit.ts'
import { enqueueOrLeave } from './enqueue-or-leave.ts'

/** A request to resume an event. */
export type ResumeRequest = {
  eventId: number
  /** Builds of the event to restrict it to; empty: all that failed. */
  buildIds: readonly number[]
  requester: string | null
  origin: RequestOrigin
  /** Shown with the new event; null: none was given. */
  reason: string | null
}

/** The new event and the builds of the old one that it plans again (empty: discovery starts over), or why there is none. */
export type Resumed = { eventId: number; messageId: string; builds: number[] } | { refused: ResumeRefusal }

/**
 * Opens an event of the same kind, which passes all stages. Safe to repeat, also at the same time: while an event of
 * the advisory is open, the answer is the refusal `open` with its id; once everything is DONE, it is `nothing-left`.
 */
export async function resumeEvent(ctx: Context, request: ResumeRequest): Promise<Resumed> {
  const resumed = await ctx.db.transaction((em) => resumeIn(ctx, em, request))
  if ('refused' in resumed) return resumed
  const { eventId, builds } = resumed
  ctx.log.info({ event: eventId, resumes: request.eventId, builds: builds.length }, 'event resumed')
  await enqueueOrLeave(ctx, { event: eventId }, () => ctx.queues.enqueue('discover', { eventId }))
  return resumed
}

async function resumeIn(ctx: Context, em: EntityManager, request: ResumeRequest): Promise<Resumed> {
  const { eventId: oldId, buildIds: named } = request
  const old = await findEvent(em, oldId)
  if (!old) return { refused: { kind: 'unknown-event', text: resumeText.unknownEvent(oldId) } }
  await lockAdvisory(em, old.searchKey)
  const left = await leftBuilds(em, oldId)
  const judged = judgeResume({
    event: { id: oldId, searchKey: old.searchKey, state: eventStateName(old.state) ?? 'INITIALIZED' },
    open: await openEventOf(em, old.searchKey, oldId),
    builds: left,
    named,
  })
  if (!('builds' in judged)) return { refused: judged }
  const { builds } = judged
  const event = await newEvent(ctx, em, { old, request, chosen: builds.length })
  const eventId = await insertEvent(em, event)
  const later = [...new Set(left.flatMap(({ rebuiltBy }) => rebuiltBy ?? []))].sort((a, b) => b - a)
  await insertResumption(em, eventId, {
    resumes: oldId,
    later,
    resumption: { builds, reason: request.reason },
  })
  const detail = builds.length > 0 ? `builds ${builds.join(' ')}` : null
  const done = { subject: auditSubject.event(oldId), eventId, outcome: 'done', detail } as const
  await recordChange(em, { ...request.origin, who: request.requester, action: 'retry', ...done })
  return { eventId, messageId: event.messageId, builds }
}

/** The number in its message id is that of the resumption; the caller holds the lock on the advisory. */
async function newEvent(
  ctx: Context,
  em: EntityManager,
  { old, request, chosen }: { old: EventRow; request: ResumeRequest; chosen: number },
) {
  const { requester, reason } = request
  const { id, state, timeDone, ...same } = old
  const nth = (await resumingEvents(em, id)).length + 1
  return {
    ...same,
    ...(await destinationOf(em, old)),
    messageId: `resume-${id}-${nth}`,
    stateReason: resumeText.resumes(id, chosen, requester, reason),
    timeCreated: ctx.now(),
    dryRun: Boolean(old.dryRun) || ctx.settings.env.DRY_RUN,
    requester,
  }
}

/** Freshmaker stores neither branch nor target of a requested build with its event, but with its builds. */
async function destinationOf(em: EntityManager, old: EventRow) {
  const { id, eventTypeId, distGitBranch, brewTarget } = old
  const isImported = eventSubject(eventTypeId) === 'named-images' && !distGitBranch
  if (!isImported) return { distGitBranch, brewTarget }
  const { branch, target } = await destinationOfBuilds(em, id)
  return { distGitBranch: branch, brewTarget: brewTarget ?? target }
}
