/** Notices when a list that comes in pages is not whole, and reads it again. */
import { UpstreamError } from '../errors.ts'

/** A list that was read to its end. `totals`: the length that each page gave, where it gave one. */
export type PagedList = { count: number; totals: readonly number[] }

/** Enough for a record that comes or goes while the pages are read. */
const READINGS = 3

/**
 * Reads a list; null: the service does not know it. A list is not whole when it has fewer records than its pages report, or when two
 * pages report different totals: records that came or went meanwhile may have moved others past the border of a page. Such a
 * list is read again at once. Rejects with `UpstreamError`, which blames the service, when it never is whole; `what` names it.
 */
export async function readWhole<L extends PagedList>(
  { service, what }: { service: string; what: string },
  read: () => Promise<L | null>,
): Promise<L | null> {
  for (let reading = 1; ; reading += 1) {
    const list = await read()
    if (!list) return null
    const { count, totals } = list
    const total = Math.max(0, ...totals)
    const isSteady = totals.every((reported) => reported === total)
    if (isSteady && count >= total) return list
    if (reading < READINGS) continue
    const detail = isSteady ? `${count} of ${total} records` : 'its length changes from page to page'
    throw new UpstreamError({
      service,
      failure: 'bad-answer',
      detail: `${what}: the list is not whole: ${detail}`,
    })
  }
}
