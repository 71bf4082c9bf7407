/** The last filters for found images: one release of each, and the operators' rules (behaviour/freshmaker 7.3). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { dropDisallowed, filterImages } from '../../domain/rebuild/discover/image-filter.ts'
import { newestReleases } from '../../domain/rebuild/discover/newest-release.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import type { ImageSearch } from './search.ts'

/** Pure. Unpublished images have no tag that selects a release, so only their newest release is kept. */
export function keepAllowed(
  images: readonly Image[],
  { rules, handlerName, criteria, published }: ImageSearch,
  repositoryOf: (image: Image) => string | null,
): { kept: Image[]; considered: Consideration[] } {
  const newest = published ? { kept: images, considered: [] } : newestReleases(images)
  const allowed = filterImages(newest.kept, [dropDisallowed(rules, handlerName, criteria, repositoryOf)])
  return { kept: allowed.kept, considered: [...newest.considered, ...allowed.considered] }
}
