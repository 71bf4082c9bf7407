/** A separate database for each test file, on one embedded PostgreSQL that all test processes share. */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import bullmq from 'bullmq/package.json' with { type: 'json' }
import { postgresStore } from '../../../queues/postgres.ts'
import { withClient } from '../../../src/db/client.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../src/db/embedded/server.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../../src/db/orm.ts'
import { createLog } from '../../../src/lib/log.ts'

/** The data folder of the shared server. */
export const TEST_DATA_DIR = process.env['TEST_DATA_DIR'] ?? join(tmpdir(), 'freshwave-test')

export type TestDatabase = { url: string; db: Database; drop(): Promise<void> }

const MIGRATIONS = fileURLToPath(new URL('../../../src/db/migrations', import.meta.url))

let template: Promise<string> | undefined
let shared: Promise<EmbeddedPostgres> | undefined

/** The server that all test processes share; this process uses it until it ends. */
export function sharedServer(): Promise<EmbeddedPostgres> {
  shared ??= openEmbeddedPostgres(TEST_DATA_DIR, createLog('silent'))
  return shared
}

/** Creates an empty database and returns its address; the caller drops it with `dropDatabase`. */
export async function createEmptyDatabase(): Promise<string> {
  const { url } = await sharedServer()
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(url, `create database ${name}`)
  return databaseAt(url, name)
}

/** Creates a database with all tables, including those of queues, and returns its address: a copy of a migrated template. */
export async function createDatabase(): Promise<string> {
  const { url } = await sharedServer()
  template ??= findTemplate(url)
  return copyDatabase(databaseAt(url, await template))
}

/** A copy of a database as it is now, and its address; nothing may be connected to the original. */
export async function copyDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const original = new URL(url).pathname.slice(1)
  await administer(databaseAt(url, 'postgres'), `create database ${name} template ${original}`)
  return databaseAt(url, name)
}

/** The name of the template; it is made by the first process that needs it, under a lock, and kept for later runs. */
async function findTemplate(url: string): Promise<string> {
  const name = `template_${hashOfMigrations()}_${bullmq.version.replaceAll(/\W/g, '_')}`
  return withClient(databaseAt(url, 'postgres'), async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount) return name
    const unfinished = await createEmptyDatabase()
    const db = openDatabase(unfinished, 2)
    await migrate(db, unfinished)
    await db.close()
    const queues = postgresStore(unfinished)
    await queues.prepare()
    await queues.close()
    await client.query(`alter database ${new URL(unfinished).pathname.slice(1)} rename to ${name}`)
    return name
  })
}

function hashOfMigrations(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(MIGRATIONS).sort())
    hash.update(file).update(readFileSync(join(MIGRATIONS, file)))
  return hash.digest('hex').slice(0, 16)
}

/** Drops a database made by one of these functions, even if clients are still connected. */
export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await administer(databaseAt(url, 'postgres'), `drop database if exists ${name} with (force)`)
}

/** A new database with all tables, and a pool on it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const url = await createDatabase()
  const db = openDatabase(url, 10)
  return {
    url,
    db,
    drop: async () => {
      await db.close()
      await dropDatabase(url)
    },
  }
}

async function administer(url: string, sql: string): Promise<void> {
  await withClient(url, (client) => client.query(sql))
}

function databaseAt(url: string, name: string): string {
  return url.replace(/\/[^/]*$/, `/${name}`)
}
