/** Finds images that were requested by name, regardless of their tags and repositories (behaviour/freshmaker 7.3). */

import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { absentImages } from '../../domain/rebuild/discover/absent-images.ts'
import {
  dropHotfixes,
  dropOtherContentSets,
  filterImages,
} from '../../domain/rebuild/discover/image-filter.ts'
import { rpmFilters, whenOffersReadable } from '../../domain/rebuild/discover/rpm-filter.ts'
import { olderRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import { nodeOf } from '../../domain/rebuild/plan/graph.ts'
import { keepAllowed } from './keep-allowed.ts'
import type { Found, ImageSearch, Services } from './search.ts'

/** Images that have the fix are not rebuilt even on request; images that were rebuilt before are, if they still lack it. */
export async function findRequestedImages({ pyxis }: Services, search: ImageSearch): Promise<Found> {
  const { requested, fixed, advisory } = search
  const found = await pyxis.imagesByNvrs(requested, { rpmNames: [...fixed.keys()] })
  const affected = filterImages(found.images, [
    ...rpmFilters(fixed),
    whenOffersReadable(dropOtherContentSets(search.contentSets)),
    dropHotfixes,
  ])
  const allowed = keepAllowed(affected.kept, search, () => null)
  const absent = absentImages(requested, found).map(
    ({ nvr, unreadable }) => unreadable ?? notInCatalogue(nvr),
  )
  const nodes = allowed.kept.map((image) => {
    const cause = { advisory, rpms: olderRpms(fixed, image.rpms ?? []), offer: null, requested: true }
    return nodeOf(image, cause, { directlyAffected: true, latestReleased: true })
  })
  return { nodes, considered: [...absent, ...affected.considered, ...allowed.considered] }
}

function notInCatalogue(nvr: string): Consideration {
  const reason = 'it was requested, but it is not in the catalogue'
  return { nvr, outcome: 'not-rebuilt', rule: 'not-in-catalogue', reason }
}
