/** What became of an image that was looked at: every one ends rebuilt or not, with a reason a person can read. */

/** Kept with the event; `rule` names the filter or planning step that decided, `details` its full input values. */
export type Consideration = {
  nvr: string
  outcome: 'rebuild' | 'not-rebuilt'
  rule: string
  reason: string
  details?: Record<string, unknown>
}

const SHOWN = 5

/** A list for a reason text: the first few entries and how many more there are; `none` when it is empty. */
export function shortList(items: Iterable<string>): string {
  const all = [...items]
  if (all.length === 0) return 'none'
  const more = all.length - SHOWN
  return more > 0 ? `${all.slice(0, SHOWN).join(', ')} and ${more} more` : all.join(', ')
}
