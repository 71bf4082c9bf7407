/** Opens the event that a user or another service requested: of an advisory, or of images by name (behaviour/freshmaker 3.4, 3.5). */
import { createHash } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { lockAdvisory } from '../../db/queries/events.ts'
import { insertOutboxRows } from '../../db/queries/messages/outbox.ts'
import {
  eventOfMessage,
  findNamedEvent,
  insertIdempotencyKey,
  insertRequestedEvent,
  lockIdempotencyKey,
} from '../../db/queries/requested-events.ts'
import { type AuditAction, auditSubject, type RequestOrigin } from '../../domain/audit.ts'
import { namedEventId } from '../../domain/rebuild/intake/rebuild-request.ts'
import { RequestRefused } from '../../domain/rebuild/intake/request-refused.ts'
import { recordChange } from '../audit.ts'
import { enqueueOrLeave } from '../enqueue-or-leave.ts'
import { type Draft, draftEvent, type RequestKind } from './draft-event.ts'
import { refuseWhileRunning } from './refuse-while-running.ts'

/** `messageId`: of a request that came from the bus; one from the API gets an id of its own, and is published. */
export type RebuildRequest = {
  kind: RequestKind
  body: unknown
  requester: string | null
  origin: RequestOrigin
  messageId?: string
  idempotencyKey?: string
}

/** What the audit calls each kind. */
export const REBUILD_ACTIONS = {
  advisory: 'rebuild',
  async: 'async-rebuild',
} as const satisfies Record<RequestKind, AuditAction>

const KEY_IS_KEPT_MS = 86_400_000

type Opened = { eventId: number; isNew: boolean; upTo: number | null }

/**
 * Checks the request and stores an INITIALIZED event with the message that reports it; discovery runs later. Safe to
 * repeat with a message id or an idempotency key, which lead to the first event.
 * @throws RequestRefused with the original's text, UpstreamError when the Errata Tool cannot be queried
 */
export async function openRequestedEvent(
  ctx: Context,
  request: RebuildRequest,
): Promise<{ eventId: number }> {
  const repeatedNow = () => ctx.db.transaction((em) => findRepeated(ctx, em, request))
  const repeated = await repeatedNow()
  if (repeated !== null) return { eventId: repeated }
  const namedId = namedEventId(request.body)
  const named = namedId === null ? null : await findNamedEvent(ctx.db.fork(), namedId)
  const draft = await draftEvent(ctx, request, named).catch(async (error: unknown) => {
    // The running event may be the one that this very request has opened meanwhile.
    const meanwhile = error instanceof RequestRefused ? await repeatedNow() : null
    if (meanwhile === null) throw error
    return { eventId: meanwhile }
  })
  if ('eventId' in draft) return draft
  const opened = await ctx.db.transaction((em) => open(ctx, em, request, draft))
  const { eventId } = opened
  if (opened.isNew)
    ctx.log.info(
      { event: eventId, requester: request.requester, kind: request.kind },
      'event opened by request',
    )
  await enqueueOrLeave(ctx, { event: eventId }, async () => {
    if (opened.upTo !== null) await ctx.queues.enqueue('publish', { eventId, upTo: opened.upTo })
    await ctx.queues.enqueue('discover', { eventId })
  })
  return { eventId }
}

async function open(ctx: Context, em: EntityManager, request: RebuildRequest, draft: Draft): Promise<Opened> {
  // First: the event that the lock is waited for may be the one that this very request opens.
  if (!draft.mayRunConcurrently) await lockAdvisory(em, draft.event.searchKey)
  const repeated = await findRepeated(ctx, em, request)
  if (repeated !== null) return { eventId: repeated, isNew: false, upTo: null }
  if (!draft.mayRunConcurrently) await refuseWhileRunning(em, draft.event.searchKey)
  const { eventId, messageId, isNew } = await insertOnce(ctx, em, request, draft)
  if (!isNew) return { eventId, isNew, upTo: null }
  const key = keyOf(request)
  if (key) await insertIdempotencyKey(em, { ...key, eventId, now: ctx.now() })
  await recordOpened(em, request, draft, eventId)
  if (request.messageId !== undefined) return { eventId, isNew: true, upTo: null }
  const payload = { ...draft.message, msg_id: messageId, requester: request.requester }
  const ids = await insertOutboxRows(em, { eventId }, [{ topic: draft.topic, payload }], ctx.now())
  em.afterCommit(() => ctx.metrics.count('messaging_tx_to_send'))
  return { eventId, isNew: true, upTo: Math.max(...ids) }
}

function recordOpened(
  em: EntityManager,
  { kind, requester, origin }: RebuildRequest,
  { event }: Draft,
  eventId: number,
): Promise<void> {
  const packages = event.requestedRebuilds?.split(' ') ?? []
  const subject =
    kind === 'advisory' ? auditSubject.advisory(event.searchKey) : auditSubject.packages(packages)
  const action = REBUILD_ACTIONS[kind]
  return recordChange(em, { ...origin, who: requester, action, subject, outcome: 'done', eventId })
}

/** The event that this request has opened already. */
async function findRepeated(
  ctx: Context,
  em: EntityManager,
  request: RebuildRequest,
): Promise<number | null> {
  if (request.messageId !== undefined) return eventOfMessage(em, request.messageId)
  const key = keyOf(request)
  if (!key) return null
  const used = await lockIdempotencyKey(em, key.key, new Date(ctx.now().getTime() - KEY_IS_KEPT_MS))
  if (used && used.digest !== key.digest)
    throw new RequestRefused('key-reused', 'This Idempotency-Key was used for a request with another body.')
  return used?.eventId ?? null
}

/**
 * The original's ids are the time in seconds; of two requests within a millisecond one gets the next. `isNew` is false when another run
 * has opened the event of the same message meanwhile.
 */
async function insertOnce(
  ctx: Context,
  em: EntityManager,
  { messageId }: RebuildRequest,
  { event, prefix }: Draft,
): Promise<{ eventId: number; messageId: string; isNew: boolean }> {
  for (let ms = ctx.now().getTime(); ; ms += 1) {
    const id = messageId ?? `${prefix}${ms / 1000}`
    const searchKey = event.searchKey || id
    const eventId = await insertRequestedEvent(em, id, { ...event, searchKey })
    if (eventId !== null) return { eventId, messageId: id, isNew: true }
    const existing = messageId === undefined ? null : await eventOfMessage(em, messageId)
    if (existing !== null) return { eventId: existing, messageId: id, isNew: false }
  }
}

/** Keys of different requesters are different keys. */
function keyOf({
  idempotencyKey,
  requester,
  kind,
  body,
}: RebuildRequest): { key: string; digest: string } | null {
  if (idempotencyKey === undefined) return null
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, body]))
    .digest('hex')
  return { key: JSON.stringify([requester, idempotencyKey]), digest }
}
