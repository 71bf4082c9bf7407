/** The tables: migrations create exactly what the entities define, also from many processes at once, and leave BullMQ's schema alone. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPostgresBackend, withBackend } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { withClient } from '../../../src/db/client.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../../src/db/orm.ts'
import { BadSettings, isTransient, messageOf } from '../../../src/lib/errors.ts'
import { untilLockIsAwaited, WAITING } from '../../support/database/awaited-locks.ts'
import {
  createEmptyDatabase,
  createTestDatabase,
  dropDatabase,
  sharedServer,
  type TestDatabase,
} from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'

/** PostgreSQL does not report triggers on TRUNCATE to the ORM, which creates them again each time. */
const isDrift = (statement: string) => statement.trim() !== '' && !/set names|count_truncate/.test(statement)

/** The history: nothing deletes rows of these tables. */
const KEPT_FOREVER = ['events', 'artifact_builds']

const UNDONE = 'Migration20261130154000'

/** The migrated database, in which one migration has to be done again. */
async function withOneMigrationMissing(url: string): Promise<Database> {
  const database = openDatabase(url, 4)
  onTestFinished(database.close)
  await migrate(database, url)
  const undo = `alter table waits drop column clocks; delete from mikro_orm_migrations where name = '${UNDONE}'`
  await database.fork().execute(undo)
  return database
}

describe('migrating', () => {
  let url: string
  beforeAll(async () => {
    url = await createEmptyDatabase()
  })
  afterAll(() => dropDatabase(url))

  it('happens once when several processes begin at the same time', async () => {
    const databases = Array.from({ length: 4 }, () => openDatabase(url, 2))
    const applied = await Promise.all(databases.map((database) => migrate(database, url)))
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
    await Promise.all(databases.map((database) => database.close()))
  })

  it('waits for a transaction that uses a table, and what comes after it does not wait for that', async () => {
    const database = await withOneMigrationMissing(url)
    let migrated: Promise<string[]> | undefined
    await withClient(url, async (client) => {
      await client.query('begin; select from waits')
      migrated = migrate(database, url)
      await untilLockIsAwaited(database)
      await database.fork().execute('select from waits')
    })
    expect(await migrated).toEqual([UNDONE])
  })

  it('leaves nothing behind that the end of the process waits for when its connection is lost', async () => {
    const database = await withOneMigrationMissing(url)
    await withClient(url, async (client) => {
      await client.query('begin; select from waits')
      const failed = migrate(database, url).catch(messageOf)
      await untilLockIsAwaited(database)
      await client.query(`select pg_terminate_backend(pid) ${WAITING}`)
      expect(await failed).toMatch(/^DATABASE_URL: the tables in .* be brought up to date/)
    })
    await database.close()
    const again = openDatabase(url, 1)
    onTestFinished(again.close)
    expect(await migrate(again, url)).toEqual([UNDONE])
  })

  it('is not ended by the limits that are set for the role', async () => {
    const database = await withOneMigrationMissing(url)
    const limited = `${url}${url.includes('?') ? '&' : '?'}options=-c%20transaction_timeout%3D1000`
    const limitedDatabase = openDatabase(limited, 2)
    onTestFinished(limitedDatabase.close)
    let migrated: Promise<string[]> | undefined
    await withClient(url, async (client) => {
      await client.query('begin; select from waits')
      migrated = migrate(limitedDatabase, limited)
      await eventually(
        () =>
          database.fork().execute<unknown[]>(`select ${WAITING} and xact_start < now() - interval '1.3 s'`),
        (waiting) => waiting.length > 0,
      )
    })
    expect(await migrated).toEqual([UNDONE])
  })

  it('refuses the database of Freshmaker, and leaves it as it is', async () => {
    const other = await createEmptyDatabase()
    onTestFinished(() => dropDatabase(other))
    const database = openDatabase(other, 1)
    onTestFinished(database.close)
    await database.fork().execute('create table alembic_version (version_num varchar(32) primary key)')
    const failure = await migrate(database, other).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BadSettings)
    expect(messageOf(failure)).toMatch(
      /DATABASE_URL: .* has the tables of another program, such as Freshmaker/,
    )
    const tables = "select tablename from pg_tables where schemaname = 'public'"
    expect(await database.fork().execute(tables)).toEqual([{ tablename: 'alembic_version' }])
  })

  it('refuses a new database that cannot hold every character', async () => {
    const { url: server } = await sharedServer()
    const name = `latin_${process.pid}`
    await withClient(server, (client) =>
      client.query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`),
    )
    const latin = server.replace(/\/[^/]*$/, `/${name}`)
    onTestFinished(() => dropDatabase(latin))
    const database = openDatabase(latin, 1)
    onTestFinished(database.close)
    const failure = await migrate(database, latin).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BadSettings)
    expect(messageOf(failure)).toMatch(
      /DATABASE_URL: .* has the encoding LATIN1; create the database with the encoding UTF8/,
    )
  })

  it('names the setting while the server is a standby, which the start waits for', async () => {
    const empty = await createEmptyDatabase()
    onTestFinished(() => dropDatabase(empty))
    const standby = `${empty}?options=-c%20default_transaction_read_only%3Don`
    const database = openDatabase(standby, 1)
    const failure = await migrate(database, standby).catch((error: unknown) => error)
    await database.close()
    expect(messageOf(failure)).toMatch(/^DATABASE_URL: the tables in .* be brought up to date: .*read-only/)
    expect(isTransient(failure)).toBe(true)
  })
})

it('can be done by PostgreSQL 13, which cannot replace triggers', () => {
  const folder = 'src/db/migrations'
  const files = readdirSync(folder)
  expect(
    files.filter((file) => /or replace trigger/i.test(readFileSync(join(folder, file), 'utf8'))),
  ).toEqual([])
})

describe('the migrated tables', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('are what the entities define, beside the schema of the queues, which has tables of its own', async () => {
    const { Queue } = withBackend(createPostgresBackend)
    const queue = new Queue('drift', {
      connection: { connectionString: database.url, schema: 'bullmq', migrate: true },
    })
    await queue.waitUntilReady()
    const drift = await database.db.orm.schema.getUpdateSchemaSQL()
    expect(drift.split(/\n{2,}/).filter(isDrift)).toEqual([])
    await queue.close()
  })

  it('allow one build of an image in an event', async () => {
    const em = database.db.fork()
    await em.execute(
      "insert into events (id, message_id, search_key, event_type_id) values (1, 'm', '1', 10)",
    )
    const insert =
      "insert into artifact_builds (name, original_nvr, event_id, state) values ('a', 'a-1-1', 1, 4)"
    await em.execute(insert)
    await expect(em.execute(insert)).rejects.toThrow(/artifact_builds_event_original_nvr_unique/)
  })

  it('have an index for each reference to rows that are deleted: without it each deletion would read the whole table', async () => {
    const unindexed = await database.db.fork().execute<{ reference: string }[]>(
      `select c.conname as reference from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace and c.confrelid::regclass::text <> all(?)
          and not exists (select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1] and
            coalesce(pg_get_expr(i.indpred, i.indrelid), '') in ('', format('(%I IS NOT NULL)', a.attname)))`,
      [`{${KEPT_FOREVER.join(',')}}`],
    )
    expect(unindexed).toEqual([])
  })

  it.each([
    ['update events set state = 6 where id = 1', 'events_state_known'],
    ['update artifact_builds set state = 5 where event_id = 1', 'artifact_builds_state_known'],
    ['update artifact_builds set type = 4 where event_id = 1', 'artifact_builds_type_known'],
    ["insert into artifact_builds (name, event_id) values ('b', 99)", 'artifact_builds_event_id_foreign'],
    [
      "insert into inbox (message_id, topic, body, properties, state) values ('x', 't', '', '{}', 'odd')",
      'inbox_state_known',
    ],
  ])('refuse: %s', async (sql, constraint) => {
    await expect(database.db.fork().execute(sql)).rejects.toThrow(new RegExp(constraint))
  })
})
