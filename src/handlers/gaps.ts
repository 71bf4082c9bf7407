/** Gaps in a search: entries that a service lists but that cannot be read. They are named in the event, which would otherwise look complete. */
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { type Records, type Unreadable, unreadableText } from '../lib/records.ts'

/** What may be missing, and the list that has the gap, by which the gap is named: it is not an image. */
export type Listing = {
  missing: 'images' | 'flatpaks' | 'bundles'
  /** What the list belongs to, such as the name of an advisory or a digest. */
  of: string
  /** What it lists, such as `files`. */
  list: string
}

/** None when everything could be read. The reason names the first few places. */
export function gapOf(
  { missing, of, list }: Listing,
  { unreadable }: { unreadable: readonly Unreadable[] },
): Consideration[] {
  if (unreadable.length === 0) return []
  const reason = `${missing} may be missing: ${unreadable.length} of its ${list} cannot be read, ${unreadableText(unreadable)}`
  return [{ nvr: `${of} (${list})`, outcome: 'not-rebuilt', rule: 'unreadable-list', reason }]
}

/** What can be read of a list; its gap goes to `gaps`. */
export function readable<T>(records: Records<T>, listing: Listing, gaps: Consideration[]): T[] {
  gaps.push(...gapOf(listing, records))
  return records.read
}
