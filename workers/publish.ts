/** Queue `publish`: sends the waiting messages of an event in order. Safe to repeat: what is sent is not sent again. */
import type { Payload } from '../queues/catalog.ts'
import { type PublishContext, publishOutbox } from '../src/commands/publish-outbox.ts'

/** Sends everything that waits, also what was written after the reminder. */
export const publish = (ctx: PublishContext, { eventId }: Payload<'publish'>): Promise<void> =>
  publishOutbox(ctx, eventId)
