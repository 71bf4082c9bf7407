/** A separate database for each test file, on one embedded PostgreSQL that all test processes share. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/db/embedded/server.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/orm.ts'
import { createLog } from '../../src/lib/log.ts'

/** The data folder of the shared server. */
export const TEST_DATA_DIR = process.env['TEST_DATA_DIR'] ?? join(tmpdir(), 'freshwave-test')

export type TestDatabase = { url: string; db: Database; drop(): Promise<void> }

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
  return url.replace(/\/[^/]*$/, `/${name}`)
}

/** A copy of a database as it is now, and its address; nothing may be connected to the original. */
export async function copyDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const original = new URL(url).pathname.slice(1)
  await administer(url.replace(/\/[^/]*$/, '/postgres'), `create database ${name} template ${original}`)
  return url.replace(/\/[^/]*$/, `/${name}`)
}

/** Drops a database made by `createEmptyDatabase`, even if clients are still connected. */
export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await administer(url.replace(/\/[^/]*$/, '/postgres'), `drop database if exists ${name} with (force)`)
}

/** A new database with all tables, and a pool on it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const url = await createEmptyDatabase()
  const db = openDatabase(url, 10)
  await migrate(db, url)
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
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query(sql)
  await client.end()
}
