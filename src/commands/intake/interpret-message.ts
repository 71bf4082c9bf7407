/** Acts on what a message from the bus means: opens the event it starts, or passes its report on. */
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { composesOfBuilds } from '../../db/queries/composes.ts'
import { findInboxRow, recordInboxFailure } from '../../db/queries/messages/inbox.ts'
import { tasksOfBuilds } from '../../db/queries/running-tasks.ts'
import { type Meaning, meaningSchema } from '../../domain/message.ts'
import { RequestRefused } from '../../domain/rebuild/intake/request-refused.ts'
import { messageOf, Permanent, Skip } from '../../lib/errors.ts'
import { originOfMessage } from '../audit.ts'
import { enqueueDecision } from '../decide/enqueue-decision.ts'
import { awaitDecision } from './await-decision.ts'
import { cancelByMessage } from './cancel-by-message.ts'
import { closeMessage } from './close-message.ts'
import { notWaitedFor } from './foreign-reports.ts'
import { openAdvisoryEvent } from './open-advisory-event.ts'
import { openFlatpakEvent } from './open-flatpak-event.ts'
import { openRequestedEvent } from './open-requested-event.ts'

/** A task may end in Koji a moment after its message was sent; after this time the poll looks at it. */
const LOOK_FOR_MS = 10_000

/** Where a message led: the event it opened, or null when it was only a report. `waits`: it continues in `decide`. */
type Result = { eventId: number | null } | 'waits'
type Act<K extends Meaning['kind']> = (
  ctx: Context,
  meaning: Extract<Meaning, { kind: K }>,
  row: InboxRow,
) => Promise<Result>

const ACTS: { [K in Meaning['kind']]: Act<K> } = {
  'advisory-shipped': openAdvisoryEvent,

  'module-in-testing': openFlatpakEvent,

  // A task that ended before its id was stored is looked at once it is stored (`lookAtEnded` of `submitBuild`).
  'task-ended': async (ctx, { taskId, kojiBuildId }) => {
    const known = await tasksOfBuilds(ctx.db.fork(), [taskId])
    if (!known.has(taskId)) throw new Skip(notWaitedFor('task', taskId))
    const lookUntil = ctx.now().getTime() + LOOK_FOR_MS
    await ctx.queues.enqueue('transition', { kind: 'task-reported', taskId, lookUntil, kojiBuildId })
    return { eventId: null }
  },

  'compose-changed': async (ctx, { odcsComposeId }) => {
    const known = await composesOfBuilds(ctx.db.fork(), [odcsComposeId])
    if (!known.has(odcsComposeId)) throw new Skip(notWaitedFor('compose', odcsComposeId))
    await ctx.queues.enqueue('transition', { kind: 'compose-reported', odcsComposeId })
    return { eventId: null }
  },

  'rebuild-requested': async (ctx, { of, messageId, requester, body }, row) => {
    const request = {
      kind: of,
      body,
      requester,
      messageId: messageId ?? row.messageId,
      origin: originOfMessage(row),
    }
    try {
      return await openRequestedEvent(ctx, request)
    } catch (error) {
      throw error instanceof RequestRefused ? new Permanent(error.message) : error
    }
  },

  'cancel-requested': cancelByMessage,
  'result-new': awaitDecision,
  'waiver-new': awaitDecision,
}

/**
 * Handles one row of the inbox. Safe to repeat: a row that is no longer `new`, or waits for a decision, is left alone, and everything an act
 * does is keyed by the message.
 * @throws Skip when the message means nothing here, Permanent when something is wrong with the message itself
 */
export async function interpretMessage(ctx: Context, inboxId: number): Promise<void> {
  const em = ctx.db.fork()
  const row = await findInboxRow(em, inboxId)
  if (row?.state !== 'new') return
  if (row.subject) return enqueueDecision(ctx, row.subject)
  const meaning = meaningSchema.safeParse(row.meaning)
  if (!meaning.success) throw new Permanent('The stored meaning cannot be read.')
  try {
    const act = ACTS[meaning.data.kind] as Act<Meaning['kind']> // the act for this very kind
    const result = await act(ctx, meaning.data, row)
    if (result === 'waits') return
    await closeMessage(ctx, inboxId, { state: 'done', event: result.eventId })
    ctx.metrics.count('messaging_rx_processed_ok')
  } catch (error) {
    await recordInboxFailure(em, inboxId, messageOf(error))
    throw error
  }
}
