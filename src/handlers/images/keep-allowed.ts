/** The last filters for found images: one release of each, and what the operators' rules allow (behaviour/freshmaker 7.3). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { filterImages, isAllowedByRules } from '../../domain/rebuild/discover/image-filter.ts'
import { newestReleases } from '../../domain/rebuild/discover/newest-release.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import type { ImageSearch } from './search.ts'

/** Images that are not published have no tag that says which release counts: then it is the newest. Pure. */
export function keepAllowed(
  images: readonly Image[],
  { rules, handlerName, criteria, published }: ImageSearch,
  repositoryOf: (image: Image) => string | null,
): { kept: Image[]; considered: Consideration[] } {
  const newest = published ? { kept: images, considered: [] } : newestReleases(images)
  const allowed = filterImages(newest.kept, [isAllowedByRules(rules, handlerName, criteria, repositoryOf)])
  return { kept: allowed.kept, considered: [...newest.considered, ...allowed.considered] }
}
