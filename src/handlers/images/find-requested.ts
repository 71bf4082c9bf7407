/** Finds the images somebody asked for by name, whatever their tags and repositories are (behaviour/freshmaker 7.3). */

import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { dropHotfixes, filterImages, sharesContentSets } from '../../domain/rebuild/discover/image-filter.ts'
import { rpmFilters } from '../../domain/rebuild/discover/rpm-filter.ts'
import { olderRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import { nodeOf } from '../../domain/rebuild/plan/graph.ts'
import { keepAllowed } from './keep-allowed.ts'
import type { Found, ImageSearch, Services } from './search.ts'

/** One that lacks nothing is not rebuilt even when asked for; one rebuilt before is, when it still lacks the fix. */
export async function findRequestedImages({ pyxis }: Services, search: ImageSearch): Promise<Found> {
  const { requested, fixed, advisory } = search
  const images = await pyxis.imagesByNvrs(requested, { rpmNames: [...fixed.keys()] })
  const affected = filterImages(images, [
    ...rpmFilters(fixed),
    sharesContentSets(search.contentSets),
    dropHotfixes,
  ])
  const allowed = keepAllowed(affected.kept, search, () => null)
  const known = new Set(images.map((image) => image.nvr))
  const unknown = requested.filter((nvr) => !known.has(nvr)).map(notInCatalogue)
  const nodes = allowed.kept.map((image) => {
    const cause = { advisory, rpms: olderRpms(fixed, image.rpms ?? []), offer: null, requested: true }
    return nodeOf(image, cause, { directlyAffected: true, latestReleased: true })
  })
  return { nodes, considered: [...unknown, ...affected.considered, ...allowed.considered] }
}

function notInCatalogue(nvr: string): Consideration {
  const reason = 'it was asked for, but the catalogue knows no such image'
  return { nvr, outcome: 'not-rebuilt', rule: 'not-in-catalogue', reason }
}
