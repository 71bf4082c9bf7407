/** Reads name, severity and CVEs of the advisories of events that discovery has not read, such as imported ones. */
import type { Context } from '../../context.ts'
import { unreadAdvisories, writeAdvisoryOfAll } from '../../db/queries/pages/event-advisories.ts'
import { summarizeAdvisory } from '../../domain/rebuild/images/advisory.ts'
import { messageOf, troubleOf } from '../../lib/errors.ts'

/** Read in one go: each costs the Errata Tool two requests, and an import may have a hundred thousand. */
const AT_ONCE = 25

/**
 * Those of the newest events first; an unknown advisory is stored as such, so that it is not read again. Safe to repeat; the
 * Errata Tool being away ends it until the next time.
 */
export async function fillAdvisories(ctx: Context): Promise<void> {
  const { errata } = ctx.clients
  if (!errata) return
  for (const id of await unreadAdvisories(ctx.db.fork(), AT_ONCE)) {
    try {
      const advisory = await errata.summary(id)
      const summary = advisory
        ? summarizeAdvisory(advisory)
        : { name: String(id), severity: 'unknown', cves: [], shippedAt: null }
      await writeAdvisoryOfAll(ctx.db.fork(), id, summary)
    } catch (error) {
      ctx.log.info({ advisory: id, reason: messageOf(error) }, 'could not fetch advisory')
      if (troubleOf(error)) return
    }
  }
}
