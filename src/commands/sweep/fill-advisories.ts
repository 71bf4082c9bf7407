/** Reads name, severity and CVEs of the advisories of events that discovery has not read, such as imported ones. */
import type { Context } from '../../context.ts'
import { unreadAdvisories, writeAdvisoryOfAll } from '../../db/queries/pages/event-advisories.ts'
import { summarizeAdvisory } from '../../domain/rebuild/images/advisory.ts'
import { messageOf, troubleOf } from '../../lib/errors.ts'

/** Read in one go: each costs the Errata Tool two requests, and an import may have a hundred thousand. */
const AT_ONCE = 25

/**
 * Starts with those of the newest events; an unknown advisory is stored as such, so that it is not read again. Safe to repeat; trouble of
 * the Errata Tool ends it until the next time. @param before only advisories of events with lower ids; null: all
 * @returns `before` of the next time, so that advisories that cannot be read do not hold up those behind them
 */
export async function fillAdvisories(ctx: Context, before: number | null = null): Promise<number | null> {
  const { errata } = ctx.clients
  if (!errata) return null
  const unread = await unreadAdvisories(ctx.db.fork(), { limit: AT_ONCE, before })
  for (const { id, newestEvent } of unread) {
    try {
      const advisory = await errata.summary(id)
      const summary = advisory
        ? summarizeAdvisory(advisory)
        : { name: String(id), severity: 'unknown', cves: [], shippedAt: null }
      await writeAdvisoryOfAll(ctx.db.fork(), id, summary)
    } catch (error) {
      ctx.log.info({ advisory: id, reason: messageOf(error) }, 'could not fetch advisory')
      if (troubleOf(error)) return newestEvent
    }
  }
  return unread.length < AT_ONCE ? null : (unread.at(-1)?.newestEvent ?? null)
}
