/** What `freshwave restored` does: what an operator runs after restoring the database from an older copy, before the service starts. */
import { z } from 'zod'
import { recordRestore } from '../../commands/submit/record-restore.ts'
import { readSettings } from '../../config/settings.ts'
import { messageOf } from '../../lib/errors.ts'
import { type Ending, EXIT } from '../end.ts'
import { INSTALLED } from './installed.ts'
import { withOwnDatabase } from './own-database.ts'

/** The options of the command. */
export type RestoredOptions = { lostFrom?: string }

const EXPECTED = 'a time with its zone, such as 2026-01-31T08:00:00Z'
const timeSchema = z.iso.datetime({ offset: true, error: EXPECTED }).transform((text) => new Date(text))

/** Records the restore. Safe to repeat: the earliest time counts. */
export async function recordLocally({ lostFrom }: RestoredOptions): Promise<Ending> {
  const from = timeSchema.optional().safeParse(lostFrom)
  if (!from.success) return problem(`--lost-from: ${lostFrom} (expected ${EXPECTED})`)
  if (from.data && from.data > new Date()) return problem(`--lost-from: ${lostFrom} is in the future`)
  try {
    const settings = readSettings({ installed: INSTALLED })
    const since = await withOwnDatabase(settings, (database) => recordRestore(database, from.data))
    if (!since) return problem('the database has no events and no messages; is it the restored one?')
    const text = `Noted. Before a build of an event that had started is submitted, Koji is searched for tasks requested since ${since.toISOString()}.\n`
    return { text, problem: '', code: EXIT.done }
  } catch (error) {
    return problem(messageOf(error))
  }
}

function problem(text: string): Ending {
  return { text: '', problem: text, code: EXIT.error }
}
