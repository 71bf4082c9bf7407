/** Which PostgreSQL to use: the configured one, which may still be starting, or the embedded one. */
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
  const probe = () => withClient(url, (client) => client.query('select 1'))
  await untilReachable(service, probe, { patienceS: file.start_patience_s, log })
  return { url, close: async () => undefined }
}
