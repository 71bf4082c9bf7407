/** Stores rows that can be imported: finds out which are new, inserts these, and counts all. */
import type { EntityManager } from '../../db/orm.ts'
import { knownRows } from '../../db/queries/import/known-rows.ts'
import { countNewLinks, insertLinks, insertRows } from '../../db/queries/import/write-rows.ts'
import { type ComparedTable, type JudgedRows, judgeRows } from '../../domain/import/judge-rows.ts'
import { connectParents } from '../../domain/import/parents.ts'
import { addRefused } from '../../domain/import/report.ts'
import type { BuildRow, ImportedRows, LinkRow } from '../../domain/import/rows.ts'
import type { ImportRun, Stored } from './run.ts'

type StoredRows<T extends ComparedTable> = Stored & JudgedRows<ImportedRows[T]>

/** Stores rows of any table but builds and links. */
export async function storeRows<T extends Exclude<ComparedTable, 'artifact_builds'>>(
  run: ImportRun,
  em: EntityManager,
  table: T,
  rows: readonly ImportedRows[T][],
): Promise<StoredRows<T>> {
  const judged = judgeRows(table, rows, await knownRows(em, table, rows))
  if (!run.dryRun) await insertRows(em, table, judged.fresh)
  count(run, table, judged)
  return { ...judged, newRows: judged.fresh.length }
}

/** Stores builds, with those parents that are here or among them; the rest is noted in `openParents`. */
export async function storeBuilds(
  run: ImportRun,
  em: EntityManager,
  rows: readonly BuildRow[],
): Promise<Stored> {
  const known = await knownRows(em, 'artifact_builds', rows)
  const judged = judgeRows('artifact_builds', rows, known)
  const { fresh, open } = connectParents(judged, known, run.seen.builds)
  if (!run.dryRun) await insertRows(em, 'artifact_builds', fresh)
  count(run, 'artifact_builds', judged)
  run.openParents.push(...open)
  for (const { id } of [...judged.fresh, ...judged.present]) run.seen.builds.add(id)
  return { newRows: fresh.length }
}

/** Stores which builds use which composes. */
export async function storeLinks(
  { dryRun, report }: ImportRun,
  em: EntityManager,
  rows: readonly LinkRow[],
): Promise<Stored> {
  const newRows = await (dryRun ? countNewLinks(em, rows) : insertLinks(em, rows))
  const counts = report.counts.artifact_build_composes
  counts.imported += newRows
  counts.present += rows.length - newRows
  return { newRows }
}

function count<T extends ComparedTable>(
  { report }: ImportRun,
  table: T,
  { fresh, present, refused }: JudgedRows<ImportedRows[T]>,
): void {
  report.counts[table].imported += fresh.length
  report.counts[table].present += present.length
  for (const { id, reason } of refused) addRefused(report, { table, id: String(id), reason })
}
