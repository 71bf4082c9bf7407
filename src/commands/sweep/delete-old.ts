/** Deletes messages, subjects and audited requests that are older than their retention. */
import type { Context } from '../../context.ts'
import { assignPositions, deleteOldPositions } from '../../db/queries/messages/positions.ts'
import { deleteOldRows } from '../../db/queries/old-rows.ts'

const DAY_MS = 24 * 3600 * 1000

/**
 * Deletes them in parts: what is too much for one run is left for the next. Positions are assigned here too, because there may be no web
 * process that reads them. Safe to run at any time.
 */
export async function deleteOld({ db, now, settings }: Context): Promise<void> {
  const em = db.fork()
  const { inbox_retention_days: messageDays, audit_retention_days: auditDays } = settings.file
  const daysAgo = (days: number) => new Date(now().getTime() - days * DAY_MS)
  for (const table of ['inbox', 'outbox', 'subjects'] as const)
    await deleteOldRows(em, table, daysAgo(messageDays))
  await assignPositions(db)
  await deleteOldPositions(em)
  if (auditDays > 0) await deleteOldRows(em, 'audit', daysAgo(auditDays))
}
