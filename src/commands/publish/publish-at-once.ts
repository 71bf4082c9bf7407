/** Sends the messages of a change as soon as its transaction is over, without a job while the bus takes them (decision 0040). */
import type { Context } from '../../context.ts'
import type { Stream } from '../../db/queries/messages/outbox.ts'
import { messageOf } from '../../lib/errors.ts'
import { publishOutbox } from './publish-outbox.ts'

/** Sends what waits in the outbox for `stream`, up to the row `upTo` at least, or leaves it to a job of `publish`. */
export type PublishAtOnce = (ctx: Context, stream: Stream, upTo: number) => Promise<void>

/** Each holds a connection to the database while it waits for the bus. */
const MAX_UNDER_WAY = 5

/**
 * Create one per process. What was not sent, because the bus is down or slow, gets its job; after a crash the sweep finds
 * the rows. Safe to repeat and to run concurrently, as `publishOutbox` is.
 */
export function createPublishAtOnce(): PublishAtOnce {
  let underWay = 0
  return async (ctx, stream, upTo) => {
    if (underWay >= MAX_UNDER_WAY) return ctx.queues.enqueue('publish', { ...stream, upTo })
    underWay += 1
    try {
      if (await isReady(ctx)) return await publishOutbox(ctx, stream)
    } catch (error) {
      ctx.log.warn(
        { ...stream, upTo, reason: messageOf(error) },
        'could not send messages at once, left to the queue',
      )
    } finally {
      underWay -= 1
    }
    await ctx.queues.enqueue('publish', { ...stream, upTo })
  }
}

/** Whether sending can be attempted now; also without a bus, since messages then end unsent. */
async function isReady({ bus }: Context): Promise<boolean> {
  return !bus || (await bus.check(0)).connected
}
