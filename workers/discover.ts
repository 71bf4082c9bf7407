/** Queue `discover`: finds what an event affects. Safe to repeat: findings are stored once, only while INITIALIZED. */

import { discoverImages } from '../src/commands/discover/discover-images.ts'
import { applyFact } from '../src/commands/transition/apply-fact.ts'
import { eventText } from '../src/domain/rebuild/texts.ts'
import { Permanent } from '../src/lib/errors.ts'
import type { WorkerOf } from './run/worker.ts'

/** Gathers and stores the findings of one event; without them it ends SKIPPED or FAILED, unless another run of the job has planned it. */
export const discover: WorkerOf<'discover'> = {
  run: (ctx, { eventId }) => discoverImages(ctx, eventId),
  giveUp: async (ctx, { eventId }, { kind, text, error }) => {
    const isWholeReason = error instanceof Permanent && error.isWholeReason
    const reason = isWholeReason ? text : eventText.handlingFailed(text)
    if (kind === 'skip') await applyFact(ctx, eventId, { kind: 'event-skipped', reason: text })
    else await applyFact(ctx, eventId, { kind: 'event-failed', reason })
  },
}
