/** Compares what is here with Freshmaker's rows of the same ids, before anything is written. */
import { MAX_IMPORTED_ID, MIN_INTEGER, readComparable } from '../../clients/freshmaker/schema.ts'
import { nextKnownRows } from '../../db/queries/import/known-rows.ts'
import { COMPARED_ROWS } from '../../db/queries/import/source-rows.ts'
import { type Comparable, type ComparedTable, findConflicts } from '../../domain/import/judge-rows.ts'
import { addConflicts } from '../../domain/import/report.ts'
import type { ImportRun } from './run.ts'

const BATCH = 5000

/** Adds the conflicts of a table to the report. Reads only the ids that are here, so nothing if there are none. */
export async function gatherConflicts<T extends ComparedTable>(
  run: ImportRun,
  table: T,
  maxId: number,
): Promise<void> {
  const upTo = Math.min(maxId, MAX_IMPORTED_ID)
  let after = MIN_INTEGER
  for (;;) {
    const here = await nextKnownRows(run.db.fork(), table, { after, upTo, limit: BATCH })
    const [first, last] = [here[0], here.at(-1)]
    if (!first || !last) return
    for await (const there of comparableBetween(run, table, first.id - 1, last.id))
      addConflicts(run.report, findConflicts(table, here, there))
    after = last.id
  }
}

/** Freshmaker's rows after an id, up to another one; there may be far more of them than here. */
async function* comparableBetween<T extends ComparedTable>(
  { source }: ImportRun,
  table: T,
  after: number,
  upTo: number,
): AsyncGenerator<Comparable[T][]> {
  let from = after
  for (;;) {
    const rows = await source.read(COMPARED_ROWS[table], [from, upTo, BATCH])
    yield readComparable(table, rows)
    if (rows.length < BATCH) return
    from = Number(rows.at(-1)?.['id'])
  }
}
