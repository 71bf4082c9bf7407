/** HandleBotasAdvisory: rebuilds the operator bundles that refer to images an advisory has shipped (behaviour/freshmaker 6.7). */

import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { EVENT_TYPES } from '../domain/event.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { findDigests } from '../domain/rebuild/discover/bundles/replacements.ts'
import { advisoryCriteria } from '../domain/rebuild/discover/criteria.ts'
import { type Advisory, summarizeAdvisory } from '../domain/rebuild/images/advisory.ts'
import type { PlanNode } from '../domain/rebuild/plan/graph.ts'
import { bundleText } from '../domain/rebuild/texts.ts'
import { Permanent } from '../lib/errors.ts'
import { refuseDisallowed } from './allow.ts'
import { findBundles } from './bundles/find-bundles.ts'
import { gatherImages, partlyUnreadable } from './bundles/gather-images.ts'
import { gatherReplacements } from './bundles/gather-replacements.ts'
import { keepImpacted } from './bundles/keep-impacted.ts'
import { planBundles } from './bundles/plan-bundles.ts'
import type { BundleServices } from './bundles/services.ts'
import type { DiscoveryEvent, Findings, Handler, OnAdvisory } from './handler.ts'
import { firstPerImage } from './images/find-images.ts'
import { triggerOf } from './request.ts'

const NAME = 'HandleBotasAdvisory'

/** Handles advisories of container images, automatic (filed by botas) and manual. */
export const bundleAdvisory: Handler = {
  name: NAME,
  accepts: (contentTypes, eventTypeId) =>
    eventTypeId === EVENT_TYPES.ManualBundleRebuildEvent || contentTypes.includes('docker'),
  needs: ['ERRATA_URL', 'PYXIS_URL', 'KOJI_BASE_URL', 'PRODUCT_PAGES_URL'],
  verifiesRpms: false,
  needsComposes: false,
  gather,
}

async function gather(ctx: Context, event: DiscoveryEvent, onAdvisory?: OnAdvisory): Promise<Findings> {
  const services = required(ctx.clients, 'errata', 'pyxisRest', 'koji', 'productPages')
  const advisory = await services.errata.advisory(Number(event.searchKey))
  if (!advisory) throw new Permanent(`The Errata Tool does not know advisory ${event.searchKey}.`)
  onAdvisory?.(summarizeAdvisory(advisory))
  const criteria = advisoryCriteria(advisory, triggerOf(ctx, event))
  const text = bundleText.notAllowed(event.messageId)
  refuseDisallowed(ctx, { eventId: event.id, handler: NAME, criteria, text })
  return gatherBundles(ctx, services, event, advisory)
}

async function gatherBundles(
  ctx: Context,
  services: BundleServices,
  event: DiscoveryEvent,
  advisory: Advisory,
): Promise<Findings> {
  const { replacements, named, gaps } = await gatherReplacements(ctx, services, event, advisory)
  if (replacements.size === 0) return nothingToRebuild(bundleText.noPublishedOriginals, gaps)
  const { images, unreadable } = await gatherImages(services, [...replacements].flat())
  const found = findDigests(replacements, images)
  const known = [...images.values()].filter((image) => image !== null)
  const doubtful = [...gaps, ...unreadable, ...known.flatMap(partlyUnreadable)]
  if ('missing' in found) return nothingToRebuild(missingText(found), doubtful)
  const { digests, without } = found
  const unlisted = without.originals.filter((nvr) => named.has(nvr)) // most of the others were never published
  const uncounted = [
    ...doubtful,
    ...without.rebuilt.map((nvr) => withoutDigest(nvr, 'no bundle can refer to it')),
    ...unlisted.map((nvr) =>
      withoutDigest(nvr, 'no bundle that refers to it can be found', ' in a published repository'),
    ),
  ]

  const candidates = await findBundles(ctx, services, event, digests)
  if (candidates.bundles.length === 0)
    return nothingToRebuild(candidates.whenEmpty(advisory.id), [...uncounted, ...candidates.considered])
  const impacted = await keepImpacted(ctx, services, candidates, digests)
  const considered = [...uncounted, ...candidates.considered, ...impacted.considered]
  if (impacted.bundles.length === 0) return nothingToRebuild(bundleText.noneImpacted(advisory.id), considered)
  const { bundles } = impacted
  const planned = await planBundles(ctx, services, { event, advisory: advisory.name, bundles })
  if (planned.nodes.length === 0) {
    const nvrs = bundles.map(({ image }) => image.nvr)
    return nothingToRebuild(bundleText.noCsvData(nvrs), [...considered, ...planned.considered])
  }
  const whenEmpty = bundleText.nothingToRebuild(advisory.id)
  return findings(planned.nodes, [...considered, ...planned.considered], whenEmpty)
}

function missingText({ missing, nvrs }: { missing: 'originals' | 'rebuilt'; nvrs: string[] }): string {
  const texts = { originals: bundleText.originalsWithoutDigest, rebuilt: bundleText.rebuiltWithoutDigest }
  return texts[missing](nvrs)
}

function withoutDigest(nvr: string, effect: string, where = ''): Consideration {
  const reason = `the catalogue has no manifest list digest of it${where}: ${effect}`
  return { nvr, outcome: 'not-rebuilt', rule: 'without-digest', reason }
}

/** Ends the event SKIPPED, with the reasons of the bundles that were looked at. */
function nothingToRebuild(whenEmpty: string, considered: readonly Consideration[]): Findings {
  return findings([], considered, whenEmpty)
}

function findings(nodes: PlanNode[], considered: readonly Consideration[], whenEmpty: string): Findings {
  return { nodes, considered: firstPerImage(considered, nodes), fixedRpms: [], whenEmpty }
}
