/** Queue `discover`: finds what an event affects. Safe to repeat: findings are stored once, only while INITIALIZED. */

import { discoverImages } from '../src/commands/discover/discover-images.ts'
import { endUndiscovered } from '../src/commands/discover/end-undiscovered.ts'
import { eventText } from '../src/domain/rebuild/texts.ts'
import { Permanent } from '../src/lib/errors.ts'
import type { WorkerOf } from './run/worker.ts'

/** Gathers and stores the findings of one event; without them it ends SKIPPED or FAILED, unless another run of the job has found them. */
export const discover: WorkerOf<'discover'> = {
  run: (ctx, { eventId }) => discoverImages(ctx, eventId),
  giveUp: async (ctx, { eventId }, { kind, text, error }) => {
    const isWholeReason = error instanceof Permanent && error.isWholeReason
    const reason = isWholeReason ? text : eventText.handlingFailed(text)
    if (kind === 'skip') await endUndiscovered(ctx, eventId, { kind: 'event-skipped', reason: text })
    else await endUndiscovered(ctx, eventId, { kind: 'event-failed', reason })
  },
}
