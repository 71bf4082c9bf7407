/** The report of what an import did, or would do: counts by table, and the rows it could not take over as they are. */
import type { Conflict } from './judge-rows.ts'
import { IMPORTED_TABLES, type ImportedTable } from './rows.ts'

/** Numbers of rows. `leftOut`: of running events, which were not requested. */
export type TableCounts = { imported: number; present: number; leftOut: number; refused: number }

/** A row that is not imported, or not as it is, and the reason. */
export type Remark = { table: ImportedTable; id: string; reason: string }

/** Lists of remarks hold the first ones only; the counts are of all. */
export type ImportReport = {
  counts: Record<ImportedTable, TableCounts>
  refused: Remark[]
  /** Rows that are imported without something they refer to. */
  changed: Remark[]
  changedCount: number
  /** If there are any, nothing was imported. */
  conflicts: Conflict[]
  conflictCount: number
}

const MAX_REMARKS = 1000

/** The report before the first row. */
export function emptyReport(): ImportReport {
  const none = (): TableCounts => ({ imported: 0, present: 0, leftOut: 0, refused: 0 })
  return {
    counts: Object.fromEntries(IMPORTED_TABLES.map((table) => [table, none()])) as ImportReport['counts'], // of all tables
    refused: [],
    changed: [],
    changedCount: 0,
    conflicts: [],
    conflictCount: 0,
  }
}

/** Adds a row that is not imported. */
export function addRefused(report: ImportReport, remark: Remark): void {
  report.counts[remark.table].refused += 1
  if (report.refused.length < MAX_REMARKS) report.refused.push(remark)
}

/** Adds a row that is imported without something. */
export function addChanged(report: ImportReport, remark: Remark): void {
  report.changedCount += 1
  if (report.changed.length < MAX_REMARKS) report.changed.push(remark)
}

/** Adds ids that stand for two things. */
export function addConflicts(report: ImportReport, conflicts: readonly Conflict[]): void {
  report.conflictCount += conflicts.length
  report.conflicts.push(...conflicts.slice(0, MAX_REMARKS - report.conflicts.length))
}

/** The sum over all tables. */
export function total(report: ImportReport, what: keyof TableCounts): number {
  return IMPORTED_TABLES.reduce((sum, table) => sum + report.counts[table][what], 0)
}
