/** Reads lists that come in pages, and reads one again when it turns out to be incomplete. */
import { UpstreamError } from '../errors.ts'

/**
 * A list that was read to its end. `totals`: the length that each page gave, where it gave one; `ids`: those that each page has,
 * see `idsOf`.
 */
export type PagedList = { count: number; totals: readonly number[]; ids: readonly string[] }

/** The list that is read, for errors. */
type Named = { service: string; what: string }

/** Enough for a record that comes or goes while the pages are read. */
const READINGS = 3

/** Far more than any list has; a service that repeats a full page forever must not be read forever. */
const MAX_PAGES = 10_000

/** @throws UpstreamError, which blames the service, for more pages than any list has */
export function checkPages({ service, what }: Named, pages: number): void {
  if (pages <= MAX_PAGES) return
  const detail = `${what}: the list does not end after ${MAX_PAGES} pages`
  throw new UpstreamError({ service, failure: 'bad-answer', detail })
}

/**
 * The ids that MongoDB gave the records of a page, without those that cannot be read. Each once: a record that comes twice on one
 * page has not moved there from another.
 */
export function idsOf(page: readonly unknown[]): string[] {
  const ids = page.map((record) => (Object(record) as { _id?: unknown })._id)
  return [...new Set(ids.filter((id) => typeof id === 'string'))]
}

/**
 * Reads a list; null: the service does not know it. A list is not whole when it has fewer records than its pages report, when two
 * pages report different totals, or when a record comes on two pages: records that came, went or changed places meanwhile may have moved
 * others past the border of a page. Such a list is read again immediately. Rejects with `UpstreamError`, which blames the service, when
 * it never is whole; `what` names it.
 */
export async function readWhole<L extends PagedList>(
  { service, what }: Named,
  read: () => Promise<L | null>,
): Promise<L | null> {
  for (let reading = 1; ; reading += 1) {
    const list = await read()
    if (!list) return null
    const fault = faultOf(list)
    if (fault === null) return list
    if (reading < READINGS) continue
    throw new UpstreamError({
      service,
      failure: 'bad-answer',
      detail: `${what}: the list is not whole: ${fault}`,
    })
  }
}

function faultOf({ count, totals, ids }: PagedList): string | null {
  const total = totals.reduce((longest, reported) => Math.max(longest, reported), 0)
  if (totals.some((reported) => reported !== total)) return 'its length changes from page to page'
  if (count < total) return `${count} of ${total} records`
  const repeated = ids.length - new Set(ids).size
  return repeated > 0 ? `${repeated} of ${count} records come on two pages` : null
}
