/** Runs imports and reads their results, for tests that compare them. */
import { onTestFinished } from 'vitest'
import { openSource } from '../../../src/clients/freshmaker/source.ts'
import { importFreshmaker } from '../../../src/commands/import/import-freshmaker.ts'
import type { ImportRequest } from '../../../src/commands/import/run.ts'
import type { Database } from '../../../src/db/orm.ts'
import type { ImportReport } from '../../../src/domain/import/report.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { createFreshmaker, type FreshmakerDatabase } from './freshmaker-database.ts'
import type { FreshmakerRow } from './freshmaker-history.ts'

/** The time of the imports in tests. */
export const IMPORTED_AT = new Date('2026-11-28T12:00:00Z')

type Target = { db: Database; url: string }

/** Imports into a migrated database. */
export async function importFrom(
  { from }: Pick<FreshmakerDatabase, 'from'>,
  { db, url }: Target,
  options: Partial<Pick<ImportRequest, 'withRunning' | 'dryRun' | 'onProgress'>> = {},
): Promise<ImportReport> {
  const source = await openSource(from)
  try {
    return await importFreshmaker(
      { db, databaseUrl: url, now: () => IMPORTED_AT },
      {
        source,
        withRunning: false,
        dryRun: false,
        onProgress: () => undefined,
        audited: {
          who: 'root',
          credential: 'local',
          from: { door: 'command-line', address: 'host' },
          action: 'import',
          subject: 'database freshmaker',
        },
        ...options,
      },
    )
  } finally {
    await source.close()
  }
}

/** The counts of a report in one line for each table: imported, present, left out, refused. */
export function countsOf({ counts }: ImportReport): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(counts).map(([table, { imported, present, leftOut, refused }]) => [
      table,
      [imported, present, leftOut, refused],
    ]),
  )
}

const DUMPS = {
  users: 'select t::text as row from users t order by id',
  events: 'select t::text as row from events t order by id',
  builds: 'select t::text as row from artifact_builds t order by id',
  composes: 'select t::text as row from composes t order by id',
  links: 'select t::text as row from artifact_build_composes t order by 1',
  dependencies: 'select t::text as row from event_dependencies t order by id',
  sequences: `select concat(sequencename, ' ', last_value) as row from pg_sequences
    where sequencename in ('users_id_seq', 'events_id_seq', 'artifact_builds_id_seq', 'composes_id_seq', 'event_dependencies_id_seq')
    order by 1`,
  rowBlocks: `select concat_ws(' ', counted, event_type_id, type, state, block, sum(amount)) as row from row_blocks
    group by counted, event_type_id, type, state, block having sum(amount) <> 0 order by 1`,
  rowCounts: `select concat_ws(' ', counted, event_type_id, type, state, sum(amount)) as row from row_counts
    group by counted, event_type_id, type, state having sum(amount) <> 0 order by 1`,
} as const

/** Everything an import writes, except its rows in the audit. */
export async function dumpOf(db: Database): Promise<Record<keyof typeof DUMPS, string[]>> {
  const entries = Object.entries(DUMPS).map(async ([name, sql]) => {
    const rows = await db.fork().execute<{ row: string }[]>(sql)
    return [name, rows.map(({ row }) => row)] as const
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<keyof typeof DUMPS, string[]> // built from the entries of DUMPS
}

/** A migrated database to import into, until the end of the test. */
export async function target(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  onTestFinished(database.drop)
  return database
}

/** A Freshmaker without history, until the end of the test. */
export async function emptyFreshmaker(
  kind: Parameters<typeof createFreshmaker>[0],
): Promise<FreshmakerDatabase> {
  const database = await createFreshmaker(kind)
  onTestFinished(database.drop)
  return database
}

/** All rows of a table, in the order of their ids. */
export async function rowsOf(db: Database, table: string): Promise<FreshmakerRow[]> {
  return db.fork().execute<FreshmakerRow[]>(`select * from ${table} order by id`)
}

/** All entries of the audit, in order. */
export async function auditOf(db: Database): Promise<object[]> {
  return db.fork().execute<object[]>('select who, action, outcome, subject, detail from audit order by id')
}
