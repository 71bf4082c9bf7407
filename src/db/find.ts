/** Finds the PostgreSQL to use: the configured one, which may still be starting, or the embedded one. */
import type pg from 'pg'
import type { Settings } from '../config/settings.ts'
import type { Logger } from '../lib/log.ts'
import { untilReachable } from '../lib/until-reachable.ts'
import { withClient } from './client.ts'

/** Where the database is; call `close` when this process no longer needs it. */
export type DatabaseServer = { url: string; close(): Promise<void> }

/** Returns when it takes queries. @throws Error with one sentence that names the setting */
export async function findDatabase({ env, file }: Settings, log: Logger): Promise<DatabaseServer> {
  const { DATABASE_URL: url, DATA_DIR } = env
  if (!url) return (await import('./embedded/server.ts')).openEmbeddedPostgres(DATA_DIR, log)
  const service = { name: 'PostgreSQL', setting: 'DATABASE_URL', url }
  await untilReachable(service, () => probe(url), { patienceS: file.start_patience_s, log })
  return { url, close: async () => undefined }
}

const SESSION = 'select pid, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()'

/**
 * A pooler in transaction mode lends the session of a client that idles to the next one (decision 0097): no client would be notified, and
 * each would work with the settings of another. @throws Error also when the server takes no queries
 */
async function probe(url: string): Promise<void> {
  const sessionOf = async (client: pg.Client) => JSON.stringify((await client.query(SESSION)).rows)
  await withClient(url, async (first) => {
    const idle = await sessionOf(first)
    if (idle === (await withClient(url, sessionOf)))
      throw new Error(
        'it is a pooler in transaction mode; set PostgreSQL itself, or a pooler in session mode',
      )
  })
}
