/** Cancels the event that a message from the bus names (behaviour/freshmaker 5.5, 6.9). */
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { firstForeignBuild } from '../../db/queries/events.ts'
import { Skip } from '../../lib/errors.ts'
import { originOfMessage } from '../audit.ts'
import { cancelEvent } from '../transition/cancel-event.ts'

/**
 * Safe to repeat: an event that is CANCELED stays so, and the message that our own API publishes changes nothing.
 * @throws Skip when there is no such event, when it has ended in another state, or when the builds belong to another
 *   event: systems that share the bus may use the same numbers
 */
export async function cancelByMessage(
  ctx: Context,
  { eventId, buildIds }: { eventId: number; buildIds: readonly number[] },
  row: Pick<InboxRow, 'topic'>,
): Promise<{ eventId: null }> {
  const foreign = await firstForeignBuild(ctx.db.fork(), eventId, buildIds)
  if (foreign !== undefined) throw new Skip(`Build ${foreign} is not a build of event ${eventId} here.`)
  const state = await cancelEvent(ctx, eventId, { requester: null, origin: originOfMessage(row) })
  if (state === undefined) throw new Skip(`There is no event ${eventId} here.`)
  if (state !== 'CANCELED') throw new Skip(`Event ${eventId} is already ${state} and cannot be canceled.`)
  return { eventId: null }
}
