/** The last filters for found images: one release of each, the operators' rules, and what is rebuilt already (behaviour/freshmaker 7.3, 7.8). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { dropDisallowed, dropRebuilt, filterImages } from '../../domain/rebuild/discover/image-filter.ts'
import { newestReleases } from '../../domain/rebuild/discover/newest-release.ts'
import { wantedRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import type { ImageSearch } from './search.ts'

/** Pure. Unpublished images have no tag that selects a release, so only their newest release is kept. */
export function keepAllowed(
  images: readonly Image[],
  { rules, handlerName, criteria, published, alreadyRebuilt, fixed }: ImageSearch,
  repositoryOf: (image: Image) => string | null,
): { kept: Image[]; considered: Consideration[] } {
  const newest = published ? { kept: images, considered: [] } : newestReleases(images)
  const allowed = filterImages(newest.kept, [
    dropDisallowed(rules, handlerName, criteria, repositoryOf),
    dropRebuilt(alreadyRebuilt, (image: Image) => wantedRpms(fixed, image)),
  ])
  return { kept: allowed.kept, considered: [...newest.considered, ...allowed.considered] }
}
