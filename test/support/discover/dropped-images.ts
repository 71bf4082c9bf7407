/** What a filter of discovery does with an image. */
import type { ImageFilter } from '../../../src/domain/rebuild/discover/image-filter.ts'
import type { Image } from '../../../src/domain/rebuild/images/image.ts'

/** null when the image is kept, else rule and reason. */
export function drop(filter: ImageFilter, candidate: Image): string | null {
  const verdict = filter(candidate)
  return verdict.kept ? null : `${verdict.rule}: ${verdict.reason}`
}
