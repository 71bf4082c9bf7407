/** Finds the bundles that may refer to replaced images: those requested, or those that index images list (6.7 steps 6 to 8). */
import type { Context } from '../../context.ts'
import { rebuiltByDependencies, rebuiltForAdvisory } from '../../db/queries/planning/event-dependencies.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { DigestImage, ListedBundle } from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { isSemver } from '../../domain/rebuild/discover/bundles/csv.ts'
import { dropOthers, dropReused } from '../../domain/rebuild/discover/bundles/judge.ts'
import { dropHotfixes, dropRebuilt, filterImages } from '../../domain/rebuild/discover/image-filter.ts'
import { bundleText } from '../../domain/rebuild/texts.ts'
import { lookUpEach } from '../../lib/async/look-up-each.ts'
import { unreadableList } from '../../lib/records.ts'
import { gapOf, readable } from '../gaps.ts'
import type { DiscoveryEvent } from '../handler.ts'
import { requestedImages } from '../request.ts'
import { gatherImages, partlyUnreadable } from './gather-images.ts'
import type { BundleServices, Digests } from './services.ts'

/** Bundles that were found; `whenEmpty` is the reason to skip the event when there is none. */
export type FoundBundles = {
  bundles: DigestImage[]
  requested: boolean
  considered: Consideration[]
  whenEmpty: (advisoryId: number) => string
}

/** Reads only. Requested bundles need no tag that is rebuilt automatically. */
export async function findBundles(
  ctx: Pick<Context, 'db' | 'settings' | 'now' | 'log'>,
  services: BundleServices,
  event: DiscoveryEvent,
  digests: Digests,
): Promise<FoundBundles> {
  const wanted = requestedImages(event)
  const requested = wanted.length > 0
  const listed = requested ? { nvrs: wanted, considered: [] } : await findListed(ctx, services, digests)
  const { images, unreadable } = await gatherImages(services, listed.nvrs)
  const known = [...images.values()].filter((image) => image !== null)
  const doubtful = known.flatMap(partlyUnreadable)
  const offered = filterImages(known, [...(requested ? [dropOthers] : []), dropHotfixes])
  const em = ctx.db.fork()
  const reused = await rebuiltByDependencies(em, event)
  // A request is carried out once more; that the advisory has shipped may be reported twice (decision 0008).
  const rebuilt = event.manualTriggered ? new Map() : await rebuiltForAdvisory(em, event)
  const fresh = filterImages(offered.kept, [dropReused(reused), dropRebuilt(rebuilt, () => [])])
  return {
    bundles: fresh.kept,
    requested,
    considered: [
      ...listed.considered,
      ...unreadable,
      ...doubtful,
      ...listed.nvrs.filter((nvr) => images.get(nvr) === null).map(notInCatalogue),
      ...offered.considered,
      ...fresh.considered,
    ],
    whenEmpty: offered.kept.length > 0 ? () => bundleText.rebuiltByDependencies : bundleText.noneImpacted,
  }
}

type Listed = { nvrs: string[]; considered: Consideration[] }

/** Bundles that are the latest in a channel of an index image whose OpenShift version is generally available. */
async function findListed(
  ctx: Pick<Context, 'settings' | 'now' | 'log'>,
  { pyxisRest, productPages }: BundleServices,
  digests: Digests,
): Promise<Listed> {
  const considered: Consideration[] = []
  const listed = await pyxisRest.indexImages(ctx.settings.file.pyxis_index_image_organizations)
  const indices = readable(listed, { missing: 'bundles', of: 'catalogue', list: 'index images' }, considered)
  const versions = indices.map(({ openshiftVersion }) => openshiftVersion)
  const { available, unreadable } = await productPages.availableOpenshift(versions, ctx.now())
  for (const [version, faults] of unreadable)
    considered.push(
      ...gapOf(
        { missing: 'bundles', of: `OpenShift ${version}`, list: 'dates of availability' },
        { unreadable: faults },
      ),
    )
  const paths = indices.flatMap(({ path, openshiftVersion }) =>
    available.has(openshiftVersion) ? [path] : [],
  )
  const related = await lookUpEach([...digests.keys()], (digest) =>
    pyxisRest.bundlesRelatedTo(digest, [...new Set(paths)]),
  )
  const found = related.flatMap(([digest, result]) => {
    const records = result.ok ? result.value : unreadableList(result.error)
    return readable(records, { missing: 'bundles', of: digest, list: 'related bundles' }, considered)
  })
  const bundles = new Map<string, ListedBundle>()
  for (const bundle of found) {
    if (isSemver(bundle.version)) bundles.set(bundle.digest, bundle)
    else considered.push(notSemantic(bundle))
  }
  ctx.log.info({ indices: indices.length, available: paths.length, bundles: bundles.size }, 'found bundles')
  const built = await lookUpEach([...bundles.values()], ({ digest }) => pyxisRest.nvrsOfDigest(digest))
  const builtNvrs: string[] = []
  for (const [bundle, result] of built) {
    const nvrs = result.ok ? result.value : unreadableList(result.error)
    builtNvrs.push(...nvrs.read)
    if (nvrs.read.length > 0) continue
    considered.push(...gapOf({ missing: 'bundles', of: nameOf(bundle), list: 'images by digest' }, nvrs))
    if (nvrs.unreadable.length === 0) considered.push(notBuiltHere(bundle))
  }
  return { nvrs: [...new Set(builtNvrs)].sort(), considered }
}

function notInCatalogue(nvr: string): Consideration {
  return { nvr, outcome: 'not-rebuilt', rule: 'not-in-catalogue', reason: 'it is not in the catalogue' }
}

/** Why a bundle whose version is not semantic is not rebuilt: no new version can be made from it. */
function notSemantic(bundle: ListedBundle): Consideration {
  const reason = `its version '${bundle.version}' is not a semantic version`
  return { nvr: nameOf(bundle), outcome: 'not-rebuilt', rule: 'version', reason }
}

function notBuiltHere(bundle: ListedBundle): Consideration {
  const reason = `no image of the catalogue with its digest was built in Koji (bundle ${bundle.csvName ?? 'without a name'})`
  return { nvr: nameOf(bundle), outcome: 'not-rebuilt', rule: 'without-build', reason }
}

function nameOf({ path, digest }: ListedBundle): string {
  return path ?? digest
}
