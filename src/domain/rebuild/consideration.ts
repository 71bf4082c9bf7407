/** The outcome for an image that was considered: rebuilt or not, with a reason that people can read. */

/**
 * Stored with the event; `rule` names the filter or planning step that decided, `details` its input. When they are stored, long lists
 * in it are cut (`withShortDetails`).
 */
export type Consideration = {
  nvr: string
  outcome: 'rebuild' | 'not-rebuilt'
  rule: string
  reason: string
  details?: Record<string, unknown>
}

const MAX_SHOWN = 5

/** A list for a reason text: the first few entries and the number of those left out; `none` for an empty list. */
export function shortList(entries: Iterable<string>): string {
  const items = [...entries]
  if (items.length === 0) return 'none'
  const omitted = items.length - MAX_SHOWN
  return omitted > 0 ? `${items.slice(0, MAX_SHOWN).join(', ')} and ${omitted} more` : items.join(', ')
}

const MAX_LISTED = 100

/**
 * The consideration with the first entries of each long list in its details, and the number of all as `<name>Count`: an event may have
 * thousands of images, each with thousands of RPMs and content sets.
 */
export function withShortDetails(image: Consideration): Consideration {
  if (!image.details) return image
  const details = Object.entries(image.details).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) && value.length > MAX_LISTED
      ? [
          [name, value.slice(0, MAX_LISTED)],
          [`${name}Count`, value.length],
        ]
      : [[name, value]],
  )
  return { ...image, details: Object.fromEntries(details) }
}
