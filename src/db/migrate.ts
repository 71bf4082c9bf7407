/** `npm run migrate`: brings the tables to the newest form; safe to run at once from several places. */
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { readSettings } from '../config/settings.ts'
import { BadSettings } from '../lib/errors.ts'
import { createLog, type Logger } from '../lib/log.ts'
import { ensureEmbeddedPostgres } from './embedded/server.ts'
import { LOCKS } from './locks.ts'
import { type Database, openDatabase } from './orm.ts'

/**
 * Applies the migrations that are missing and returns their names.
 * The ORM has no lock of its own: two processes would both try the first one and one would fail.
 */
export async function migrate(database: Database, url: string): Promise<string[]> {
  const guard = new pg.Client({ connectionString: url })
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCKS.migrations])
    const applied = await database.orm.migrator.up()
    return applied.map((migration) => migration.name)
  } finally {
    await guard.end()
  }
}

/** The database to use: the configured one, or the embedded one, started if need be. */
export async function databaseUrl(
  env: { DATABASE_URL?: string; DATA_DIR: string },
  log: Logger,
): Promise<string> {
  return env.DATABASE_URL ?? (await ensureEmbeddedPostgres(env.DATA_DIR, log))
}

async function main(): Promise<void> {
  const { env } = readSettings()
  const log = createLog(env.LOG_LEVEL)
  const url = await databaseUrl(env, log)
  const database = openDatabase(url, 2)
  const applied = await migrate(database, url)
  log.info({ applied }, applied.length > 0 ? 'migrated' : 'nothing to migrate')
  await database.close()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof BadSettings ? 2 : 1
  })
}
