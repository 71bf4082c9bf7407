/** RebuildImagesOnRPMAdvisoryChange: handles a shipped advisory with fixed RPMs (behaviour/freshmaker 6.3, 7). */

import type { Clients } from '../clients/index.ts'
import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { rebuiltForAdvisory } from '../db/queries/planning/event-dependencies.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { isAllowed } from '../domain/rebuild/discover/allow.ts'
import { advisoryCriteria, type Criteria, publishedCriteria } from '../domain/rebuild/discover/criteria.ts'
import { ARTIFACT_TYPE } from '../domain/rebuild/discover/rule-names.ts'
import { type Advisory, summarizeAdvisory } from '../domain/rebuild/images/advisory.ts'
import { indexFixed } from '../domain/rebuild/images/affected-rpms.ts'
import { eventText } from '../domain/rebuild/texts.ts'
import { Permanent, Skip } from '../lib/errors.ts'
import { refuseDisallowed, rulesOf } from './allow.ts'
import { readComparedRpms } from './fixed-rpms.ts'
import { gapOf } from './gaps.ts'
import type { DiscoveryEvent, Findings, Handler, OnAdvisory } from './handler.ts'
import { findImages } from './images/find-images.ts'
import type { ImageSearch } from './images/search.ts'
import { requestedImages, requesterMetadata, triggerOf } from './request.ts'

const NAME = 'RebuildImagesOnRPMAdvisoryChange'

type Services = { [K in 'errata' | 'pyxis' | 'koji' | 'pulp']: NonNullable<Clients[K]> }

/** Handles events about RPM and module advisories, both automatic and manual. */
export const rpmAdvisory: Handler = {
  name: NAME,
  accepts: hasRpms,
  needs: ['ERRATA_URL', 'PYXIS_GRAPHQL_URL', 'KOJI_BASE_URL', 'PULP_URL'],
  verifiesRpms: true,
  needsComposes: true,
  gather,
}

function hasRpms(contentTypes: readonly string[]): boolean {
  return contentTypes.includes('rpm') || contentTypes.includes('module')
}

async function gather(ctx: Context, event: DiscoveryEvent, onAdvisory?: OnAdvisory): Promise<Findings> {
  const services = required(ctx.clients, 'errata', 'pyxis', 'koji', 'pulp')
  const advisory = await services.errata.advisory(Number(event.searchKey))
  if (!advisory) throw new Permanent(`The Errata Tool does not know advisory ${event.searchKey}.`)
  onAdvisory?.(summarizeAdvisory(advisory))
  if (!hasRpms(advisory.contentTypes))
    throw new Skip(
      `No handler rebuilds images for content types ${advisory.contentTypes.join(', ') || 'none'}.`,
    )
  const criteria = advisoryCriteria(advisory, triggerOf(ctx, event))
  const text = eventText.notAllowed(advisory.id)
  refuseDisallowed(ctx, { eventId: event.id, handler: NAME, criteria, text })
  const { search, fixedRpms, considered } = await searchOf(ctx, services, { event, advisory, criteria })
  const found = await findImages(ctx, services, search)
  return {
    ...found,
    considered: [...considered, ...found.considered],
    fixedRpms,
    whenEmpty: eventText.nothingToRebuild(advisory.name),
  }
}

/** Builds the search from the advisory: for the RPMs that its CVEs affect, or for all its RPMs if it has none. */
async function searchOf(
  ctx: Context,
  { errata, koji, pulp }: Services,
  { event, advisory, criteria }: { event: DiscoveryEvent; advisory: Advisory; criteria: Criteria },
): Promise<{ search: ImageSearch; fixedRpms: string[]; considered: Consideration[] }> {
  const [fixed, pulpRepoIds] = await Promise.all([
    errata.fixedRpms(advisory.id),
    errata.pulpRepoIds(advisory.id),
  ])
  const [{ contentSets, unreadable }, rpms] = await Promise.all([
    pulp.contentSets(pulpRepoIds),
    readComparedRpms(koji, fixed),
  ])
  const rules = rulesOf(ctx)
  const published = isAllowed(rules, NAME, ARTIFACT_TYPE, publishedCriteria(criteria)).allowed ? true : null
  const { requested, skipsRebuilt } = requestOf(event)
  const search = {
    handlerName: NAME,
    rules,
    criteria,
    advisory: advisory.name,
    fixed: indexFixed(rpms.forSearch),
    // Some images list Pulp repositories instead of content sets.
    contentSets: [...new Set([...contentSets, ...pulpRepoIds])].sort(),
    published,
    releaseCategories: published ? ctx.settings.file.container_release_categories : null,
    requested,
    alreadyRebuilt: skipsRebuilt ? await rebuiltForAdvisory(ctx.db.fork(), event) : new Map(),
  }
  const considered = [
    ...gapOf({ missing: 'images', of: advisory.name, list: 'files' }, fixed),
    ...gapOf({ missing: 'images', of: advisory.name, list: 'Pulp repositories' }, { unreadable }),
  ]
  return { search, fixedRpms: rpms.forVerification, considered }
}

/** `requested`: NVRs; empty: all affected images. `skipsRebuilt`: images that earlier events of the advisory built are skipped. */
export function requestOf(event: DiscoveryEvent): { requested: string[]; skipsRebuilt: boolean } {
  return {
    requested: requestedImages(event),
    skipsRebuilt: requesterMetadata(event).skip_rebuilt ?? true,
  }
}
