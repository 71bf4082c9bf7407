/** The report of an import, for people and as JSON. Pure: data in, text out. */
import { type ImportReport, type Remark, type TableCounts, total } from '../../domain/import/report.ts'
import { IMPORTED_TABLES } from '../../domain/import/rows.ts'
import { printable } from './printable.ts'
import { createStyle } from './style.ts'
import { type Column, drawTable } from './table.ts'

const MAX_CONFLICTS = 10

/** The table of counts, and below it every row that is not imported as it is. */
export function drawReport(report: ImportReport, dryRun: boolean): string {
  const columns: Column[] = [
    ['TABLE', 'table'],
    [dryRun ? 'WOULD BE IMPORTED' : 'IMPORTED', 'imported'],
    ['ALREADY HERE', 'present'],
    ['LEFT OUT', 'leftOut'],
    ['REFUSED', 'refused'],
  ]
  const items = IMPORTED_TABLES.map((table) => ({ table, ...report.counts[table] }))
  const lines = [
    ...drawTable(columns, items, createStyle(false), Number.POSITIVE_INFINITY),
    ...leftOutLines(report.counts.events),
    ...remarkLines('Refused', report.refused, total(report, 'refused')),
    ...remarkLines('Imported without their parents', report.changed, report.changedCount),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function leftOutLines({ leftOut }: TableCounts): string[] {
  if (leftOut === 0) return []
  return [
    '',
    `Left out, with everything that belongs to them: events that have not ended (${leftOut}). See --with-running.`,
  ]
}

function remarkLines(title: string, remarks: readonly Remark[], count: number): string[] {
  if (count === 0) return []
  const more = count - remarks.length
  return [
    '',
    `${title}:`,
    ...remarks.map(({ table, id, reason }) => `  ${table} ${id}: ${printable(reason)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

/** Why nothing was imported. */
export function conflictText({ conflicts, conflictCount }: ImportReport): string {
  const shown = conflicts.slice(0, MAX_CONFLICTS)
  const more = conflictCount - shown.length
  return [
    'Nothing is imported: these ids are already used for other things here.',
    ...shown.map(
      ({ table, id, here, there }) =>
        `  ${table} ${id}: here ${printable(here)}, in Freshmaker ${printable(there)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    'Import into a database that has not handled events of its own yet.',
  ].join('\n')
}

/** The same for programs. */
export function reportJson(report: ImportReport, dryRun: boolean): object {
  const { counts, refused, changed, conflicts, conflictCount } = report
  return {
    dry_run: dryRun,
    tables: Object.fromEntries(
      IMPORTED_TABLES.map((table) => {
        const { imported, present, leftOut, refused: odd } = counts[table]
        return [table, { imported, present, left_out: leftOut, refused: odd }]
      }),
    ),
    refused,
    without_parent: changed,
    conflict_count: conflictCount,
    conflicts,
  }
}
