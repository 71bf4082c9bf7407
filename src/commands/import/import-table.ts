/** Imports one table in the order of its keys, batch by batch; of events those that have ended. */
import { MIN_INTEGER, type SourceRow } from '../../clients/freshmaker/schema.ts'
import { NEXT_ROWS } from '../../db/queries/import/source-rows.ts'
import { referenceStateOf } from '../../domain/import/references.ts'
import { addRefused } from '../../domain/import/report.ts'
import type { EventRow, ImportedRows, ImportedTable } from '../../domain/import/rows.ts'
import { isRunning, settleEndedBuild } from '../../domain/import/unfinished.ts'
import { type ImportRun, inStep, readRows } from './run.ts'
import { storeBuilds, storeLinks, storeRows } from './store-rows.ts'

const BATCH = 2000

/**
 * Imports what is not here yet. Safe to repeat after any end: each batch is one transaction, and rows that are here stay as
 * they are.
 */
export async function importTable(run: ImportRun, table: ImportedTable, rowCount: number): Promise<void> {
  let done = 0
  run.onProgress({ table, done, total: rowCount })
  for await (const rows of batchesOf(run, table)) {
    await IMPORTERS[table](run, rows)
    done += rows.length
    run.onProgress({ table, done, total: Math.max(done, rowCount) })
  }
}

const IMPORTERS: Record<ImportedTable, (run: ImportRun, rows: readonly SourceRow[]) => Promise<void>> = {
  users: async (run, rows) => {
    const ready = readyRows(run, 'users', rows)
    await inStep(run, (em) => storeRows(run, em, 'users', ready))
  },
  events: async (run, rows) => {
    const ended = readyRows(run, 'events', rows).filter((event) => !recordRunning(run, event))
    const { fresh, present } = await inStep(run, (em) => storeRows(run, em, 'events', ended))
    for (const { id } of [...fresh, ...present]) run.seen.events.add(id)
  },
  composes: async (run, rows) => {
    const ready = readyRows(run, 'composes', rows)
    const { fresh, present } = await inStep(run, (em) => storeRows(run, em, 'composes', ready))
    for (const { id } of [...fresh, ...present]) run.seen.composes.add(id)
  },
  artifact_builds: async (run, rows) => {
    const now = run.now().toISOString()
    const ready = readyRows(run, 'artifact_builds', rows).map((build) => settleEndedBuild(build, now))
    await inStep(run, (em) => storeBuilds(run, em, ready))
  },
  artifact_build_composes: async (run, rows) => {
    const ready = readyRows(run, 'artifact_build_composes', rows)
    await inStep(run, (em) => storeLinks(run, em, ready))
  },
  event_dependencies: async (run, rows) => {
    const ready = readyRows(run, 'event_dependencies', rows)
    await inStep(run, (em) => storeRows(run, em, 'event_dependencies', ready))
  },
}

/** The next batch is read while the caller works on this one. */
async function* batchesOf({ source }: ImportRun, table: ImportedTable): AsyncGenerator<SourceRow[]> {
  const keys = table === 'artifact_build_composes' ? ['buildId', 'composeId'] : ['id']
  const next = (after: readonly number[]) => {
    const rows = source.read(NEXT_ROWS[table], [...after, BATCH])
    rows.catch(() => undefined) // it is awaited below, unless the caller fails meanwhile
    return rows
  }
  let reading = next(keys.map(() => MIN_INTEGER))
  for (;;) {
    const rows = await reading
    const last = rows.at(-1)
    if (!last) return
    reading = next(keys.map((key) => Number(last[key])))
    yield rows
  }
}

/** The rows that can be read and that refer to nothing that is missing; what belongs to a running event is not among them. */
function readyRows<T extends ImportedTable>(
  run: ImportRun,
  table: T,
  rows: readonly SourceRow[],
): ImportedRows[T][] {
  const { report, seen, withRunning } = run
  return readRows(run, table, rows).filter((row) => {
    const standing = referenceStateOf(table, row, seen)
    if (standing.kind === 'missing') addRefused(report, { table, id: idOf(row), reason: standing.what })
    if (standing.kind !== 'running') return standing.kind === 'ready'
    if (table === 'artifact_builds' && 'id' in row) seen.runningBuilds.add(row.id)
    if (!withRunning) report.counts[table].leftOut += 1
    return false
  })
}

function recordRunning({ seen, report, withRunning }: ImportRun, event: EventRow): boolean {
  if (!isRunning(event)) return false
  seen.runningEvents.add(event.id)
  if (!withRunning) report.counts.events.leftOut += 1
  return true
}

function idOf(row: ImportedRows[ImportedTable]): string {
  return 'id' in row ? String(row.id) : `${row.buildId}-${row.composeId}`
}
