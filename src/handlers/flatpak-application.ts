/** RebuildFlatpakApplicationOnModuleReady: rebuilds flatpaks from modules that are about to ship (behaviour/freshmaker 6.8). */
import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { rebuiltForAdvisory } from '../db/queries/planning/event-dependencies.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { summarizeAdvisory } from '../domain/rebuild/images/advisory.ts'
import { indexFixed } from '../domain/rebuild/images/affected-rpms.ts'
import type { PlanNode } from '../domain/rebuild/plan/graph.ts'
import { flatpakText } from '../domain/rebuild/texts.ts'
import { Permanent } from '../lib/errors.ts'
import { findListed } from './flatpaks/find-listed.ts'
import { keepImpacted } from './flatpaks/keep-impacted.ts'
import { planFlatpaks } from './flatpaks/plan-flatpaks.ts'
import { gapOf } from './gaps.ts'
import type { DiscoveryEvent, Findings, Handler, OnAdvisory } from './handler.ts'
import { firstPerImage } from './images/find-images.ts'
import { requestedImages, requesterMetadata } from './request.ts'

const NAME = 'RebuildFlatpakApplicationOnModuleReady'

/** Handles advisories of modules in testing, automatic and manual; no rule allows or blocks them. */
export const flatpakApplication: Handler = {
  name: NAME,
  accepts: () => true,
  needs: ['ERRATA_URL', 'PYXIS_GRAPHQL_URL', 'KOJI_BASE_URL', 'ODCS_URL', 'FLATPAK_URL'],
  verifiesRpms: false,
  needsComposes: false,
  gather,
}

async function gather(ctx: Context, event: DiscoveryEvent, onAdvisory?: OnAdvisory): Promise<Findings> {
  const services = required(ctx.clients, 'errata', 'pyxis', 'koji', 'odcs', 'flatpakIndex')
  const advisory = await services.errata.summary(Number(event.searchKey))
  if (!advisory) throw new Permanent(`The Errata Tool does not know advisory ${event.searchKey}.`)
  onAdvisory?.(summarizeAdvisory(advisory))
  const { listed, considered } = await findListed(services, advisory)
  const end = (
    nodes: PlanNode[],
    more: readonly Consideration[],
    reason: string,
    put: string[] = [],
  ): Findings => ({
    nodes,
    considered: firstPerImage([...considered, ...more], nodes),
    fixedRpms: put,
    whenEmpty: flatpakText.skipped(reason, event.messageId),
  })
  if (listed.size === 0) return end([], [], flatpakText.noneImpacted)
  const requested = requestedImages(event)
  const unlisted = requested.filter((nvr) => !listed.has(nvr)).map(notListed)
  const isRequested = requested.length > 0
  const nvrs = isRequested ? requested.filter((nvr) => listed.has(nvr)) : [...listed.keys()].sort()
  if (nvrs.length === 0) return end([], unlisted, flatpakText.noneListed(requested))

  const fixedRpms = await services.errata.fixedRpms(advisory.id)
  // The epochs of its RPMs are not known: the build in Koji is that of the module.
  const fixed = indexFixed(fixedRpms.all)
  const skipsRebuilt = !isRequested && (requesterMetadata(event).skip_rebuilt ?? true)
  const alreadyRebuilt = skipsRebuilt ? await rebuiltForAdvisory(ctx.db.fork(), event) : new Map()
  const impacted = await keepImpacted(ctx, services, { nvrs, isRequested, fixed, alreadyRebuilt })
  const search = { advisory: advisory.name, fixed, listed, isRequested }
  const nodes = await planFlatpaks(ctx, services, impacted.flatpaks, search)
  ctx.log.info({ event: event.id, listed: listed.size, impacted: nodes.length }, 'found flatpaks')
  const gaps = gapOf({ missing: 'flatpaks', of: advisory.name, list: 'files' }, fixedRpms)
  return end(nodes, [...gaps, ...unlisted, ...impacted.considered], impacted.whenEmpty, fixedRpms.all)
}

function notListed(nvr: string): Consideration {
  const reason = 'it was requested, but the flatpak index does not list it for a module of the advisory'
  return { nvr, outcome: 'not-rebuilt', rule: 'not-in-index', reason }
}
