/** The state of one import, and the functions that its parts share: transactions, and reading rows. */
import { type ReadRow, readRow, type SourceRow } from '../../clients/freshmaker/schema.ts'
import type { FreshmakerSource } from '../../clients/freshmaker/source.ts'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import type { AuditedRequest } from '../../domain/audit.ts'
import type { OpenParent } from '../../domain/import/parents.ts'
import type { SeenIds } from '../../domain/import/references.ts'
import { addRefused, type ImportReport } from '../../domain/import/report.ts'
import type { ImportedRows, ImportedTable } from '../../domain/import/rows.ts'
import { recordChange } from '../audit.ts'

/** Reports that `done` of `total` rows of a table were looked at. */
export type OnProgress = (progress: { table: ImportedTable; done: number; total: number }) => void

/** What an import is given. */
export type ImportRequest = {
  source: FreshmakerSource
  /** Also imports events that have not ended (decision 0030). */
  withRunning: boolean
  /** Reads and judges everything, and writes nothing. */
  dryRun: boolean
  onProgress: OnProgress
  /** Who imports; for the audit. */
  audited: AuditedRequest
}

/** One import while it runs. It holds the ids of all rows, a few dozen bytes for each, and no rows. */
export type ImportRun = ImportRequest &
  Pick<Context, 'db' | 'now'> & {
    report: ImportReport
    seen: SeenIds
    /** By id of a build: why it is refused, when another one has the same unique value. */
    duplicates: ReadonlyMap<number, string>
    openParents: OpenParent[]
    hasWritten: boolean
  }

/** What a step has inserted, or would insert. */
export type Stored = { newRows: number }

/**
 * A service that runs meanwhile may store what is being imported, such as the user of a first request: unique values of two
 * transactions meet (23505), or one gives way to the other.
 */
const MET = new Set<unknown>(['23505', '40P01', '40001'])
const MAX_ATTEMPTS = 5

/**
 * Runs `work` in a transaction, again when it met the same rows in another one; in a dry run without one, and then `work` must not write. The first one that writes
 * records in the audit that an import has begun, because a later one may never come.
 */
export async function inStep<T extends Stored>(
  run: ImportRun,
  work: (em: EntityManager) => Promise<T>,
): Promise<T> {
  if (run.dryRun) return work(run.db.fork())
  for (let attempt = 1; ; attempt += 1) {
    const takeBack = recordState(run)
    try {
      const stored = await run.db.transaction((em) => workAudited(run, em, work), { once: true })
      run.hasWritten ||= stored.newRows > 0
      return stored
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !MET.has(Reflect.get(Object(error), 'code'))) throw error
      takeBack()
    }
  }
}

async function workAudited<T extends Stored>(
  run: ImportRun,
  em: EntityManager,
  work: (em: EntityManager) => Promise<T>,
): Promise<T> {
  const result = await work(em)
  if (result.newRows > 0 && !run.hasWritten)
    await recordChange(em, { ...run.audited, outcome: 'done', detail: 'begun' })
  return result
}

/** @returns a function that takes back what was added to the run since: a step whose transaction fails has added to it too */
function recordState({ report, seen, openParents }: ImportRun): () => void {
  const reported = structuredClone(report)
  const parents = openParents.length
  const sets = Object.values(seen).map((ids) => ({ ids, size: ids.size }))
  return () => {
    Object.assign(report, reported)
    openParents.splice(parents)
    for (const { ids, size } of sets) for (const id of [...ids].slice(size)) ids.delete(id) // a set keeps its order
  }
}

/** Reads rows one by one, and reports odd ones. */
export function readRows<T extends ImportedTable>(
  { report, duplicates }: Pick<ImportRun, 'report' | 'duplicates'>,
  table: T,
  rows: readonly SourceRow[],
): ImportedRows[T][] {
  return rows.flatMap((source) => {
    const id = sourceId(source)
    const duplicate = table === 'artifact_builds' ? duplicates.get(Number(id)) : undefined
    const read: ReadRow<T> = duplicate === undefined ? readRow(table, source) : { odd: duplicate }
    if ('row' in read) return [read.row]
    addRefused(report, { table, id, reason: read.odd })
    return []
  })
}

/** The rows that are not odd. */
export function readableRows<T extends ImportedTable>(
  table: T,
  rows: readonly SourceRow[],
): ImportedRows[T][] {
  return rows.flatMap((source) => {
    const read = readRow(table, source)
    return 'row' in read ? [read.row] : []
  })
}

/** A link has the ids of both its ends. */
function sourceId({ id, buildId, composeId }: SourceRow): string {
  return id ?? `${buildId}-${composeId}`
}
