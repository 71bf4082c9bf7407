/** `npm run migrate`: brings the tables to the newest form; safe to run concurrently from several places. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { MigrationObject } from '@mikro-orm/core'
import { readSettings } from '../config/settings.ts'
import { BadSettings, messageOf } from '../lib/errors.ts'
import { createLog } from '../lib/log.ts'
import { refuseArguments } from '../lib/refuse-arguments.ts'
import { notUpToDate } from '../lib/stores/not-up-to-date.ts'
import { addressOf } from '../lib/until-reachable.ts'
import { findDatabase } from './find.ts'
import { isLockTimeout, WITHOUT_LIMITS, withLock } from './locks.ts'
import { type Database, openDatabase } from './orm.ts'

/**
 * Applies the migrations that are missing and returns their names.
 * The ORM has no lock of its own: two processes would both try the first one and one would fail.
 * @throws BadSettings when the database belongs to another program or cannot hold every character; Error with one sentence that names
 *   the setting, and the `code` of the failure, such as when the role may not create tables
 */
export async function migrate(database: Database, url: string): Promise<string[]> {
  return withLock({ url, name: 'migrations' }, async () => {
    const schema = await refuseUnsuitable(database, url)
    return applyMissing(database, schema).catch((error: unknown) => {
      throw notUpToDate('the tables', url, error)
    })
  })
}

const MIGRATIONS = new URL('./migrations/', import.meta.url)
/** Where the ORM records the migrations that were applied. */
const TABLE = 'mikro_orm_migrations'

/**
 * The ORM itself would search the files with a pattern, in which the name of a folder above them may have another meaning, as with
 * brackets. Only missing ones are loaded, because every start comes here.
 */
async function applyMissing({ orm }: Database, schema: string): Promise<string[]> {
  const { migrations } = orm.config.getAll()
  migrations.tableName = `${schema}.${TABLE}` // without the schema the ORM would look for it in `public` alone
  const executed = new Set((await orm.migrator.getExecuted()).map(({ name }) => name))
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.ts'))
  const missing = files.map((file) => basename(file, '.ts')).filter((name) => !executed.has(name))
  if (missing.length === 0) return []
  migrations.migrationsList = await Promise.all(missing.toSorted().map(load))
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyAll(orm)
    } catch (error) {
      if (attempt === LOCK_ATTEMPTS || !isLockTimeout(error)) throw error
    }
    await sleep(LOCK_PAUSE_MS)
  }
}

/**
 * Every statement on a table queues behind a migration that waits for its lock, which a running process may hold until the bus takes
 * its message. So a migration stops waiting after a short time and tries again later, letting the others through (decision 0095).
 */
const LOCK_PATIENCE_MS = 2000
const LOCK_PAUSE_MS = 1000
const LOCK_ATTEMPTS = 20

/** Uses a transaction of its own: the ORM's keeps a connection that breaks in the middle, and the end of the pool waits for it forever. */
async function applyAll(orm: Database['orm']): Promise<string[]> {
  const database = orm.em.getConnection('write')
  await database.ensureConnection()
  return database
    .getClient()
    .connection()
    .execute(async (connection) => {
      const transaction = await connection.startTransaction().execute()
      try {
        await database.execute(WITHOUT_LIMITS, [], 'run', transaction)
        await database.execute(`set local lock_timeout = ${LOCK_PATIENCE_MS}`, [], 'run', transaction)
        const applied = await orm.migrator.up({ transaction })
        await transaction.commit().execute()
        return applied.map(({ name }) => name)
      } catch (error) {
        await transaction
          .rollback()
          .execute()
          .catch(() => undefined) // fails with the connection, and then nothing is stored anyway
        throw error
      }
    })
}

async function load(name: string): Promise<MigrationObject> {
  const url = new URL(`${name}.ts`, MIGRATIONS)
  const module = (await import(url.href)) as Record<string, MigrationObject['class']> // one class, of the name of its file
  const found = module[name]
  if (!found) throw new Error(`src/db/migrations/${name}.ts has no class of that name`)
  return { name, class: found }
}

type Suitability = { isForeign: boolean; encoding: string; isNew: boolean; schema: string }

/**
 * Some tables of Freshmaker have the names of ours; it is recognized by the table in which its migrations (Alembic) keep their state.
 * `schema` has our tables or gets them: the search path of a role may have another one before `public`.
 */
const SUITABILITY = `
  select to_regclass('alembic_version') is not null as "isForeign", current_setting('server_encoding') as encoding,
         to_regclass('${TABLE}') is null as "isNew",
         coalesce((select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where c.oid = to_regclass('${TABLE}')), current_schema(), 'public') as schema`

/** Returns the schema of the tables. Any other encoding than UTF8 lacks characters of messages, which could then never be stored. */
async function refuseUnsuitable(database: Database, url: string): Promise<string> {
  const [row] = await database.fork().execute<Suitability[]>(SUITABILITY)
  if (row?.isForeign)
    throw new BadSettings([
      `DATABASE_URL: ${addressOf(url)} has the tables of another program, such as Freshmaker. Create an empty database ` +
        'for Freshwave; "freshwave import freshmaker" copies what Freshmaker has stored.',
    ])
  if (row?.isNew && row.encoding !== 'UTF8')
    throw new BadSettings([
      `DATABASE_URL: ${addressOf(url)} has the encoding ${row.encoding}; create the database with the encoding UTF8`,
    ])
  return row?.schema ?? 'public'
}

async function main(): Promise<void> {
  const settings = readSettings()
  const log = createLog(settings.env.LOG_LEVEL)
  const server = await findDatabase(settings, log)
  const database = openDatabase(server.url, 2)
  const applied = await migrate(database, server.url)
  log.info({ applied }, applied.length > 0 ? 'migrated' : 'nothing to migrate')
  await database.close()
  await server.close()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  refuseArguments('npm run migrate')
  await main().catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = error instanceof BadSettings ? 2 : 1
  })
}
