/** Imports the history of a Freshmaker database, with its ids (decision 0030). */
import { MAX_IMPORTED_ID, type SourceRow } from '../../clients/freshmaker/schema.ts'
import type { Context } from '../../context.ts'
import { compactRowCounts } from '../../db/counts/row-counts.ts'
import { withLock } from '../../db/locks.ts'
import { DUPLICATES, EXTENT, NEXT_ROWS } from '../../db/queries/import/source-rows.ts'
import { raiseSequence, setParents } from '../../db/queries/import/write-rows.ts'
import { COMPARED_TABLES, type ComparedTable } from '../../domain/import/judge-rows.ts'
import { closeParents } from '../../domain/import/parents.ts'
import { noIdsSeen } from '../../domain/import/references.ts'
import { addChanged, emptyReport, type ImportReport, total } from '../../domain/import/report.ts'
import { IMPORTED_TABLES, type ImportedTable } from '../../domain/import/rows.ts'
import { recordChange } from '../audit.ts'
import { gatherConflicts } from './find-conflicts.ts'
import { importRunning } from './import-running.ts'
import { importTable } from './import-table.ts'
import { type ImportRequest, type ImportRun, inStep } from './run.ts'

/** Number of rows and highest id that counts, by table. */
type Extents = Record<ImportedTable, { rows: number; maxId: number }>

const LOCK = { name: 'import', patience: { ms: 10_000, refusal: 'another import is running' } } as const
const PARENTS_AT_ONCE = 5000

/**
 * Safe to repeat, also after it was killed: what is here stays as it is, and what is missing is added. With conflicts in
 * the report nothing was written. Two imports at the same time run one after the other.
 * @throws SourceUnusable when the source cannot be read or is not a database of Freshmaker, Error while another import runs
 */
export function importFreshmaker(
  ctx: Pick<Context, 'db' | 'databaseUrl' | 'now'>,
  request: ImportRequest,
): Promise<ImportReport> {
  return withLock({ url: ctx.databaseUrl, ...LOCK }, async () => {
    const { source } = request
    const { db, now } = ctx
    const extents = await readExtents(request)
    const rest = { report: emptyReport(), seen: noIdsSeen(), openParents: [], hasWritten: false }
    const run: ImportRun = {
      ...request,
      db,
      now,
      ...rest,
      duplicates: readDuplicates(await source.read(DUPLICATES)),
    }
    for (const table of COMPARED_TABLES) await gatherConflicts(run, table, extents[table].maxId)
    if (run.report.conflictCount === 0) await importAll(run, extents)
    return run.report
  })
}

async function importAll(run: ImportRun, extents: Extents): Promise<void> {
  // First, so that a service which runs meanwhile does not take ids that are still to be imported.
  if (!run.dryRun) for (const table of COMPARED_TABLES) await raise(run, table, extents)
  for (const table of IMPORTED_TABLES) {
    if (table === 'artifact_builds' && run.withRunning) await importRunning(run)
    await importTable(run, table, extents[table].rows)
    if (table === 'artifact_builds') await finishParents(run)
    if (!run.dryRun) await compactRowCounts(run.db)
  }
  if (!run.hasWritten) return
  const { counts } = run.report
  const detail = IMPORTED_TABLES.map((table) => `${counts[table].imported} ${table}`).join(', ')
  const refused = `${total(run.report, 'refused')} refused`
  await recordChange(run.db.fork(), { ...run.audited, outcome: 'done', detail: `${detail}; ${refused}` })
}

async function raise(run: ImportRun, table: ComparedTable, extents: Extents): Promise<void> {
  const { maxId } = extents[table]
  if (maxId > 0) await raiseSequence(run.db.fork(), table, maxId)
}

/** Sets the parents that came after their children; a build whose parent is not imported has none. */
async function finishParents(run: ImportRun): Promise<void> {
  const { found, lost } = closeParents(run.openParents, run.seen.builds)
  for (const { id, depOnId } of lost) {
    const reason = `its parent, build ${depOnId}, is not imported`
    addChanged(run.report, { table: 'artifact_builds', id: String(id), reason })
  }
  for (let at = 0; at < found.length && !run.dryRun; at += PARENTS_AT_ONCE) {
    const links = found.slice(at, at + PARENTS_AT_ONCE)
    await inStep(run, async (em) => ({ newRows: await setParents(em, links) }))
  }
}

/** Also finds out whether the source is a database of Freshmaker: a statement about a missing column fails. */
async function readExtents({ source }: ImportRequest): Promise<Extents> {
  const entries: [ImportedTable, Extents[ImportedTable]][] = []
  for (const table of IMPORTED_TABLES) {
    const none = table === 'artifact_build_composes' ? [0, 0, 0] : [0, 0]
    await source.read(NEXT_ROWS[table], none)
    const [row] = await source.read(
      EXTENT[table],
      table === 'artifact_build_composes' ? [] : [MAX_IMPORTED_ID],
    )
    entries.push([table, { rows: Number(row?.['rows']), maxId: Number(row?.['maxId']) }])
  }
  return Object.fromEntries(entries) as Extents // of all tables
}

function readDuplicates(rows: readonly SourceRow[]): Map<number, string> {
  return new Map(rows.map(({ id, kept, what }) => [Number(id), `has the ${what} of build ${kept}`]))
}
