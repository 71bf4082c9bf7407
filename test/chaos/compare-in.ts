/** Compares the messages sent to the service with its rows: each message has a row, which has ended as it must. */
import type pg from 'pg'
import { messageIdOf, type RowEnd } from './traffic.ts'

const PAGE = 50_000
/** The end of the lab's messages depends on the builds, so these only need a row that has ended. */
export type Sent = { ends: readonly RowEnd[]; fromLab: ReadonlySet<string> }

type Row = { id: string; message_id: string; state: string; reason: string | null }

/** One sentence for each message that is lost, stuck, unknown, or in a wrong state. */
export async function inboxErrors(database: pg.Pool, { ends, fromLab }: Sent): Promise<string[]> {
  const seen = new Uint8Array(ends.length)
  const labSeen = new Set<string>()
  const errors: string[] = []
  const check = ({ message_id: id, state, reason }: Row) => {
    const n = Number(/^chaos-(\d+)$/.exec(id)?.[1] ?? Number.NaN)
    const expected = ends[n]
    if (state === 'new') errors.push(`stuck: message ${id} (${reason ?? 'no reason'})`)
    else if (expected !== undefined && state !== expected)
      errors.push(`wrong: message ${id} is ${state} and not ${expected} (${reason})`)
    if (expected !== undefined) seen[n] = 1
    else if (fromLab.has(id)) labSeen.add(id)
    else errors.push(`unknown: message ${id} was never sent`)
  }
  for (let after = '0'; ; ) {
    const { rows } = await database.query<Row>(
      'select id, message_id, state, reason from inbox where id > $1 order by id limit $2',
      [after, PAGE],
    )
    for (const row of rows) check(row)
    const last = rows.at(-1)
    if (!last) break
    after = last.id
  }
  for (const [n, found] of seen.entries()) if (!found) errors.push(`lost: message ${messageIdOf(n)}`)
  for (const id of fromLab) if (!labSeen.has(id)) errors.push(`lost: message ${id} of the lab`)
  return errors
}
