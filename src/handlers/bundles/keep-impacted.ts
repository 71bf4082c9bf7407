/** Keeps the bundles that may be rebuilt and whose pull specifications change (behaviour/freshmaker 6.7 step 9). */

import type { Context } from '../../context.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { DigestImage } from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { dropUntagged, judgeImpact, type TagsOf } from '../../domain/rebuild/discover/bundles/judge.ts'
import { filterImages, notRebuilt } from '../../domain/rebuild/discover/image-filter.ts'
import { placeName } from '../../domain/rebuild/images/image.ts'
import { lookUpEach } from '../../lib/async/look-up-each.ts'
import { type Records, unreadableList } from '../../lib/records.ts'
import type { FoundBundles } from './find-bundles.ts'
import type { BundleServices, Digests, ImpactedBundle } from './services.ts'

/** Reads only. */
export async function keepImpacted(
  ctx: Pick<Context, 'settings'>,
  services: BundleServices,
  { bundles, requested }: FoundBundles,
  digests: Digests,
): Promise<{ bundles: ImpactedBundle[]; considered: Consideration[] }> {
  const { bundle_autorebuild_tag_exceptions: exceptions } = ctx.settings.file
  const filters = requested ? [] : [dropUntagged(await gatherTags(services, bundles), exceptions)]
  const { kept, considered } = filterImages(bundles, filters)
  const related = await services.koji.relatedImages(kept.map(({ nvr }) => nvr))
  const impacted: ImpactedBundle[] = []
  for (const image of kept) {
    const impact = judgeImpact(related.get(image.nvr) ?? { fault: 'Koji has no build of it' }, digests)
    if ('kept' in impact) considered.push(notRebuilt(image.nvr, impact))
    else impacted.push({ image, requested, ...impact })
  }
  return { bundles: impacted, considered }
}

/** The tags of all published repositories that offer one of the bundles, each fetched once. */
async function gatherTags({ pyxisRest }: BundleServices, bundles: readonly DigestImage[]): Promise<TagsOf> {
  const places = bundles.flatMap((bundle) => bundle.places.filter((place) => place.published))
  const unique = new Map(places.map((place) => [placeName(place), place]))
  const fetched = await lookUpEach([...unique], ([, { registry, repository }]) =>
    pyxisRest.autoRebuildTags(registry, repository),
  )
  const tags = new Map(
    fetched.map(([[key], result]): [string, Records<string>] => [
      key,
      result.ok ? result.value : unreadableList(result.error),
    ]),
  )
  return (registry, repository) =>
    tags.get(placeName({ registry, repository })) ?? { read: [], unreadable: [] }
}
