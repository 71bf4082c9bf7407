/** Compares our events with the shipped advisories of the Errata Tool every ten minutes, and reports or opens what was missed. */
import type { ShippedAdvisory } from '../../clients/errata/schema.ts'
import type { Context } from '../../context.ts'
import { recordMissed, storeMissed, takeComparison } from '../../db/queries/silence/advisory-watch.ts'
import type { AdvisoryWatch, MissedAdvisory } from '../../domain/silence.ts'
import { type Cache, createCache } from '../../lib/cache.ts'
import { messageOf, Skip, troubleOf } from '../../lib/errors.ts'
import { openAdvisoryEvent } from '../intake/open-advisory-event.ts'
import { missedAdvisories } from '../missed-advisories.ts'
import { recordRecovery, recordTrouble } from '../service-trouble.ts'

const EVERY_MS = 600_000
/** How long an advisory may lack an event: its message may still be on its way, or wait in the inbox. */
const GRACE_MS = 600_000
const MAX_SPAN_MS = 7 * 86_400_000

/** More than a comparison looks at. */
const MAX_KNOWN = 5000

/** `watchAdvisories` with a memory of the days of shipping, so that each comparison fetches only those of new advisories. */
export function createAdvisoryWatch(): (ctx: Context) => Promise<void> {
  const known = createCache<ShippedAdvisory>(MAX_KNOWN, () => performance.now())
  return (ctx) => watchAdvisories(ctx, known)
}

/**
 * Does nothing when another process has compared lately, or with `watch_missed: off`. Safe to repeat: one advisory has one
 * automatic event. Trouble of the Errata Tool is noted, and the next comparison is due as usual.
 */
async function watchAdvisories(ctx: Context, known: Cache<ShippedAdvisory>): Promise<void> {
  const { watch_missed: mode } = ctx.settings.file
  if (mode === 'off' || !ctx.clients.errata) return
  const now = ctx.now()
  const watch = await takeComparison(ctx.db.fork(), now, new Date(now.getTime() - EVERY_MS))
  if (!watch || watch.watchingSince.getTime() === watch.comparedAt.getTime()) return // nothing has shipped since
  try {
    const missed = await compare(ctx, watch, now, known)
    await recordMissed(ctx.db.fork(), missed)
    const left = mode === 'open' ? await openAll(ctx, missed) : missed
    await storeMissed(ctx.db.fork(), left)
    await recordRecovery(ctx, 'errata', now, 'read')
    if (left.length > 0)
      ctx.log.warn({ advisories: left.map(({ name }) => name) }, 'shipped advisories have no event')
  } catch (error) {
    const trouble = troubleOf(error)
    if (!trouble) throw error
    await recordTrouble(ctx, trouble)
  }
}

async function compare(
  ctx: Context,
  { watchingSince }: AdvisoryWatch,
  now: Date,
  known: Cache<ShippedAdvisory>,
): Promise<MissedAdvisory[]> {
  const since = new Date(Math.max(watchingSince.getTime(), now.getTime() - MAX_SPAN_MS))
  const { items } = await missedAdvisories(ctx, since, { known })
  return items
    .filter(({ shippedAt }) => !shippedAt || shippedAt.getTime() < now.getTime() - GRACE_MS)
    .map(({ id, name, shippedAt }) => ({ id, name, shippedAt }))
}

/**
 * Opens an event for each as its message would have; returns those that could not be opened. What was opened as a dry run is opened
 * again once dry runs are over.
 */
async function openAll(ctx: Context, missed: readonly MissedAdvisory[]): Promise<MissedAdvisory[]> {
  const left: MissedAdvisory[] = []
  const prefix = ctx.settings.env.DRY_RUN ? 'missed-dry-run' : 'missed'
  for (const advisory of missed) {
    const { id: errataId, name, shippedAt } = advisory
    if (!shippedAt) {
      left.push(advisory) // it may have shipped before the watch began, and a user has to decide
      continue
    }
    try {
      const { eventId } = await openAdvisoryEvent(ctx, { errataId }, { messageId: `${prefix}-${errataId}` })
      ctx.log.warn({ event: eventId, advisory: name }, 'event opened for a missed advisory')
    } catch (error) {
      if (error instanceof Skip) continue // a message has opened it meanwhile, or nothing here rebuilds for it
      const trouble = troubleOf(error) // it may concern this advisory alone, so the others are attempted all the same
      if (trouble) await recordTrouble(ctx, trouble)
      ctx.log.warn({ advisory: name, err: messageOf(error) }, 'could not open an event for a missed advisory')
      left.push(advisory)
    }
  }
  return left
}
