/** Opens the service's own database for commands that run on its machine. */

import type { Settings } from '../../config/settings.ts'
import type { Context } from '../../context.ts'
import { createDatabaseClock } from '../../db/database-clock.ts'
import { findDatabase } from '../../db/find.ts'
import { migrate } from '../../db/migrate.ts'
import { openDatabase } from '../../db/orm.ts'
import { createLog } from '../../lib/log.ts'

const CONNECTIONS = 4

/** What such commands work with. */
export type OwnDatabase = Pick<Context, 'db' | 'databaseUrl' | 'now'>

/** Brings its tables up to date, and closes it when `work` has ended. @throws Error with one sentence when it cannot be used */
export async function withOwnDatabase<T>(
  settings: Settings,
  work: (database: OwnDatabase) => Promise<T>,
): Promise<T> {
  const log = createLog('silent')
  const clock = createDatabaseClock()
  const server = await findDatabase(settings, log)
  const db = openDatabase(server.url, CONNECTIONS)
  try {
    await migrate(db, server.url)
    await clock.compare(db, log)
    return await work({ db, databaseUrl: server.url, now: clock.now })
  } finally {
    await db.close()
    await server.close()
  }
}
