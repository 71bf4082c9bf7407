/** Wanted images of which the catalogue gave no usable record: it does not know them, or their records cannot be read. */
import type { Consideration } from '../consideration.ts'
import type { Image } from '../images/image.ts'

/** What came of a query for images by NVR; `withoutBuild` are the records that could not be used. */
type Answer = { images: readonly Image[]; withoutBuild: readonly Consideration[] }

/** `unreadable`: why it could not be judged; null: the catalogue does not know it. */
export type AbsentImage = { nvr: string; unreadable: Consideration | null }

/**
 * The wanted images that are not among those found. Every record of the answer is about one of them: while there is one
 * whose name cannot be read, it may be about any image that is absent.
 */
export function absentImages(wanted: readonly string[], { images, withoutBuild }: Answer): AbsentImage[] {
  const found = new Set(images.map(({ nvr }) => nvr))
  const unusable = new Map(withoutBuild.map((record) => [record.nvr, record]))
  const names = new Set(wanted)
  const nameless = withoutBuild.filter(({ nvr }) => !names.has(nvr))
  return [...names]
    .filter((nvr) => !found.has(nvr))
    .map((nvr) => ({ nvr, unreadable: unusable.get(nvr) ?? doubtful(nvr, nameless) }))
}

function doubtful(nvr: string, [record, ...more]: readonly Consideration[]): Consideration | null {
  if (!record) return null
  const which = more.length > 0 ? `one of ${more.length + 1} records` : 'a record'
  const reason = `it could not be judged: ${which} without a readable name may be about it: ${record.nvr}: ${record.reason}`
  return { nvr, outcome: 'not-rebuilt', rule: 'unreadable-record', reason }
}
