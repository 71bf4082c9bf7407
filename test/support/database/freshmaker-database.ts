/** A database as Freshmaker leaves it, in PostgreSQL or SQLite, for tests and the bench of the import. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '../../../src/db/client.ts'
import { createEmptyDatabase, dropDatabase } from './database.ts'
import type { FreshmakerRow, FreshmakerRows } from './freshmaker-history.ts'

/** The kinds of databases to import from. */
export const FRESHMAKER_KINDS = ['postgresql', 'sqlite'] as const
export type FreshmakerKind = (typeof FRESHMAKER_KINDS)[number]

/** `from` is the value for `--from`. */
export type FreshmakerDatabase = {
  from: string
  insert(rows: FreshmakerRows): Promise<void>
  run(sql: string): Promise<void>
  drop(): Promise<void>
}

/** Without constraints, so that tests can insert what SQLite and old versions accepted. */
const TABLES = [
  'users (id integer primary key, username varchar)',
  `events (id integer primary key, message_id varchar, search_key varchar, event_type_id integer, released boolean,
    state integer, state_reason varchar, time_created timestamp, time_done timestamp, dry_run boolean, requester varchar,
    requested_rebuilds varchar, requester_metadata varchar, manual_triggered boolean)`,
  'event_dependencies (id integer primary key, event_id integer, event_dependency_id integer)',
  `artifact_builds (id integer primary key, name varchar, original_nvr varchar, rebuilt_nvr varchar, type integer,
    state integer, state_reason varchar, time_submitted timestamp, time_completed timestamp, dep_on_id integer,
    event_id integer, build_id integer, build_args varchar, rebuild_reason integer, bundle_pullspec_overrides text)`,
  'composes (id integer primary key, odcs_compose_id integer)',
  'artifact_build_composes (build_id integer, compose_id integer, primary key (build_id, compose_id))',
]

/** Creates an empty database of this kind. */
export function createFreshmaker(kind: FreshmakerKind): Promise<FreshmakerDatabase> {
  return kind === 'sqlite' ? createSqlite() : createPostgres()
}

async function createPostgres(): Promise<FreshmakerDatabase> {
  const url = await createEmptyDatabase()
  const database = await fillablePostgres(url)
  return {
    ...database,
    drop: async () => {
      await database.drop()
      await dropDatabase(url)
    },
  }
}

/** Creates the tables in the empty database at `url`; `drop` only disconnects. */
export async function fillablePostgres(url: string): Promise<FreshmakerDatabase> {
  const client = createClient(url)
  await client.connect()
  for (const table of TABLES) await client.query(`create table ${table}`)
  return {
    from: url,
    insert: async (rows) => {
      for (const [table, members] of Object.entries(rows)) {
        const sql = `insert into ${table} select * from json_populate_recordset(null::${table}, $1)`
        await client.query(sql, [JSON.stringify(members)])
      }
    },
    run: async (sql) => void (await client.query(sql)),
    drop: () => client.end(),
  }
}

async function createSqlite(): Promise<FreshmakerDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'freshmaker-'))
  const path = join(folder, 'freshmaker.sqlite')
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  for (const table of TABLES) database.exec(`create table ${table}`)
  return {
    from: path,
    insert: async (rows) => {
      database.exec('begin')
      for (const [table, members] of Object.entries(rows))
        for (const row of members) insertRow(database, table, row)
      database.exec('commit')
    },
    run: async (sql) => database.exec(sql),
    drop: async () => {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function insertRow(database: DatabaseSync, table: string, row: FreshmakerRow): void {
  const columns = Object.keys(row)
  const sql = `insert into ${table} (${columns.join()}) values (${columns.map(() => '?').join()})`
  const values = Object.values(row).map((value) => (typeof value === 'boolean' ? Number(value) : value))
  database.prepare(sql).run(...values)
}
