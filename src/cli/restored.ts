/** `freshwave restored`: what an operator runs after restoring the database from an older copy, before the service starts. */
import type { Command } from 'commander'
import { z } from 'zod'
import { noteRestore } from '../commands/submit/note-restore.ts'
import { readSettings } from '../config/settings.ts'
import { messageOf } from '../lib/errors.ts'
import { type Ending, EXIT, end } from './end.ts'
import { INSTALLED } from './installed.ts'
import { withOwnDatabase } from './own-database.ts'

type Options = { lostFrom?: string }

const EXIT_CODES = `
Exit codes:
  0  noted, also when it was noted before
  2  nothing was changed: the database is empty or cannot be used, or the command line or the settings are wrong`

const EXPECTED = 'a time with its zone, such as 2026-01-31T08:00:00Z'
const timeSchema = z.iso.datetime({ offset: true, error: EXPECTED }).transform((text) => new Date(text))

/** Adds the command to the program. */
export function addRestored(program: Command): void {
  program
    .command('restored')
    .description(
      'after restoring the database from an older copy: look for what was submitted since instead of submitting it again',
    )
    .addHelpText('after', EXIT_CODES)
    .option('--lost-from <time>', 'when the copy was made (default: the last thing that it knows)')
    .action(async (options: Options) => end(await run(options)))
}

async function run({ lostFrom }: Options): Promise<Ending> {
  const from = timeSchema.optional().safeParse(lostFrom)
  if (!from.success) return problem(`--lost-from: ${lostFrom} (expected ${EXPECTED})`)
  if (from.data && from.data > new Date()) return problem(`--lost-from: ${lostFrom} is in the future`)
  try {
    const settings = readSettings({ installed: INSTALLED })
    const since = await withOwnDatabase(settings, (database) => noteRestore(database, from.data))
    if (!since) return problem('the database knows of no event and no message; is it the restored one?')
    const text = `Noted. Builds of events that have begun are searched in Koji before they are submitted: tasks since ${since.toISOString()}.\n`
    return { text, problem: '', code: EXIT.done }
  } catch (error) {
    return problem(messageOf(error))
  }
}

function problem(text: string): Ending {
  return { text: '', problem: text, code: EXIT.error }
}
