/** Puts messages from the bus into the inbox and enqueues the jobs of those that are to be handled (design rule 2). */
import type { Delivery } from '../../bus/delivery.ts'
import { handlerOf } from '../../bus/messages/routes.ts'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { recordNews } from '../../db/queries/decisions/subject-news.ts'
import { nameSubjects, type SubjectName } from '../../db/queries/decisions/subjects.ts'
import {
  insertInboxRows,
  type NewInboxRow,
  type StoredRow,
  waitingRows,
} from '../../db/queries/messages/inbox.ts'
import { isNews, type Meaning, pairsOf, type Reading, type Trace } from '../../domain/message.ts'
import { Skip } from '../../lib/errors.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { subjectOfNews } from './await-decision.ts'
import { type ForeignReports, findForeignReports, reopenReports } from './foreign-reports.ts'
import { newsOf } from './news-of.ts'

/** A delivery and what was read from it; `trace`: the span of receiving it. */
export type ReadDelivery = { delivery: Delivery; reading: Reading; trace?: Trace | null }

type StoreContext = Pick<Context, 'db' | 'queues' | 'metrics' | 'settings' | 'policies'>

/** How a message enters the inbox; `subject`: it waits for a decision on that, which needs no `intake` (decision 0040). */
type Entry = Pick<NewInboxRow, 'state' | 'reason' | 'meaning'> & { subject: SubjectName | null }
type DeliveryEntry = Entry & { delivery: Delivery; trace: Trace | null }

/**
 * When it returns, every message has its row and every row that still waits its job. Safe to repeat: a message whose
 * id is known keeps the row it has, and gets its job again if the row is still new.
 * @param rowsStored called when the rows are stored: what is stored after that comes after them
 */
export async function storeDeliveries(
  ctx: StoreContext,
  read: readonly ReadDelivery[],
  rowsStored: () => void = () => undefined,
): Promise<void> {
  if (read.length === 0) return
  const em = ctx.db.fork()
  const foreign = await findForeignReports(ctx, read)
  const entries = read.map(({ delivery, reading, trace = null }) => ({
    delivery,
    trace,
    ...entryOf(ctx, reading, foreign),
  }))
  const pairs = read.map(({ reading }) => pairsOf(reading)).filter((named) => named !== null)
  await recordNews(em, newsOf(ctx, pairs))
  const stored = await storeRows(em, entries)
  rowsStored()
  await enqueueReopened(ctx, entries, stored)
  for (const { state, topic } of stored)
    if (state === 'ignored' || state === 'failed')
      ctx.metrics.count(ofHandler(`messaging_rx_${state}`, handlerOf(topic)))
  await enqueueWaiting(
    ctx,
    read.map(({ delivery }) => delivery.messageId),
    stored,
  )
}

function entryOf(ctx: StoreContext, reading: Reading, foreign: ForeignReports): Entry {
  if (reading.outcome !== 'meaning')
    return { state: reading.outcome, reason: reading.reason, meaning: null, subject: null }
  const reason = foreign.reasonToIgnore(reading.meaning)
  if (reason !== undefined) return { state: 'ignored', reason, meaning: reading.meaning, subject: null }
  return { ...standingOf(ctx, reading.meaning), meaning: reading.meaning }
}

/** Finds the subject of news here; a failure that is not the message's fault is left to `intake`, which attempts it again. */
function standingOf(ctx: StoreContext, meaning: Meaning): Omit<Entry, 'meaning'> {
  const waits = { state: 'new', reason: null } as const
  try {
    return { ...waits, subject: isNews(meaning) ? subjectOfNews(ctx, meaning) : null }
  } catch (error) {
    return error instanceof Skip
      ? { state: 'ignored', reason: error.message, subject: null }
      : { ...waits, subject: null }
  }
}

/** Returns the rows of messages that were not known. */
async function storeRows(em: EntityManager, entries: readonly DeliveryEntry[]): Promise<StoredRow[]> {
  const subjectIds = await nameSubjects(
    em,
    entries.map(({ subject }) => subject),
  )
  const rows = entries.map(({ delivery, trace, state, reason, meaning }, index): NewInboxRow => {
    const { messageId, topic, body, properties } = delivery
    const subjectId = subjectIds[index] ?? null
    return { messageId, topic, body, properties, meaning, state, reason, subjectId, trace }
  })
  return insertInboxRows(em, rows)
}

/** A task may have become ours while its report was stored: such reports are handled after all. */
async function enqueueReopened(
  ctx: StoreContext,
  entries: readonly DeliveryEntry[],
  stored: readonly StoredRow[],
): Promise<void> {
  const fresh = new Set(stored.map(({ messageId }) => messageId))
  const ignored = entries.flatMap(({ delivery: { messageId }, state, meaning }) =>
    meaning?.kind === 'task-ended' && (state === 'ignored' || !fresh.has(messageId))
      ? [{ messageId, taskId: meaning.taskId }]
      : [],
  )
  const reopened = await reopenReports(ctx, ignored)
  await ctx.queues.enqueueAll(
    'intake',
    reopened.map((inboxId) => ({ payload: { inboxId } })),
  )
}

/** Messages about one subject share a job, named as in `enqueueDecision`. What a row that was just stored needs is known. */
async function enqueueWaiting(
  { db, queues }: StoreContext,
  messageIds: readonly string[],
  stored: readonly StoredRow[],
): Promise<void> {
  const isClear = (row: StoredRow) => row.state !== 'new' || row.subjectId === null
  const clear = new Set(stored.filter(isClear).map(({ messageId }) => messageId))
  const unclear = messageIds.filter((id) => !clear.has(id))
  const waiting = unclear.length > 0 ? await waitingRows(db.fork(), unclear) : []
  const fresh = stored.filter((row) => row.state === 'new' && isClear(row))
  const unread = [...fresh, ...waiting.filter(({ subjectId }) => subjectId === null)]
  const first = new Map(
    waiting.flatMap(({ subjectId, first }) => (subjectId && first ? [[subjectId, first] as const] : [])),
  )
  await queues.enqueueAll(
    'intake',
    unread.map(({ id }) => ({ payload: { inboxId: id } })),
  )
  await queues.enqueueAll(
    'decide',
    [...first].map(([subjectId, inboxId]) => ({ payload: { subjectId, inboxId } })),
  )
}
