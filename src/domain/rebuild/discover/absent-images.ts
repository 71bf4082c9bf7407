/** Wanted images without a usable record in the catalogue's answer: it does not know them, or their records cannot be read. */
import type { Consideration } from '../consideration.ts'
import type { Image } from '../images/image.ts'

/** The result of a query for images by NVR; `withoutBuild` are the records that could not be used. */
type Answer = { images: readonly Image[]; withoutBuild: readonly Consideration[] }

/** `unreadable`: why it could not be judged; null: the catalogue does not know it. */
export type AbsentImage = { nvr: string; unreadable: Consideration | null }

/**
 * The wanted images that were not found. Every record of the answer is about a wanted image, so a record whose name cannot be
 * read may be about any of the absent ones.
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
