/** Records that the database was restored from an older copy, so that nothing which has happened since is done again (decision 0063). */
import type { Context } from '../../context.ts'
import { insertRestore, lastKnownMoment, skipIds } from '../../db/queries/submit/restores.ts'
import { auditSubject } from '../../domain/audit.ts'
import { addressOf } from '../../lib/until-reachable.ts'
import { localUser, recordChange } from '../audit.ts'

/** More ids than a service uses up between two backups. */
const SKIPPED_IDS = 1_000_000

/**
 * From then on, before a build of an event that began earlier is submitted, Koji is searched for it; new ids are far above those
 * that were given since the copy. Safe to repeat. @param from default: the latest time that the database knows
 * @returns since when tasks are searched; null, with nothing changed, when the database knows of nothing
 */
export function recordRestore(
  { db, databaseUrl, now }: Pick<Context, 'db' | 'databaseUrl' | 'now'>,
  from: Date | undefined,
): Promise<Date | null> {
  return db.transaction(async (em) => {
    const lostFrom = from ?? (await lastKnownMoment(em))
    if (!lostFrom) return null
    await skipIds(em, SKIPPED_IDS)
    await insertRestore(em, { lostFrom, restoredAt: now() })
    await recordChange(em, {
      ...localUser(),
      action: 'restore',
      subject: auditSubject.database(addressOf(databaseUrl)),
      outcome: 'done',
      detail: `Koji is searched for tasks requested since ${lostFrom.toISOString()}`,
    })
    return lostFrom
  })
}
