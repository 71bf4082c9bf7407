/** RebuildImagesOnAsyncManualBuild: handles a request for images by name, without an advisory (behaviour/freshmaker 6.6). */

import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { rebuiltByDependencies } from '../db/queries/planning/event-dependencies.ts'
import { triggerCriteria } from '../domain/rebuild/discover/criteria.ts'
import type { PlanNode } from '../domain/rebuild/plan/graph.ts'
import { asyncText } from '../domain/rebuild/texts.ts'
import { Permanent } from '../lib/errors.ts'
import { refuseDisallowed } from './allow.ts'
import type { DiscoveryEvent, Findings, Handler } from './handler.ts'
import { findNamedImages } from './images/find-named.ts'
import { requestedImages, triggerOf } from './request.ts'

const NAME = 'RebuildImagesOnAsyncManualBuild'

/** Handles events of rebuilds by name; nothing is known of their RPMs, and the build system chooses the composes. */
export const asyncRebuild: Handler = {
  name: NAME,
  accepts: () => true,
  needs: ['PYXIS_GRAPHQL_URL', 'KOJI_BASE_URL'],
  verifiesRpms: false,
  needsComposes: false,
  gather,
}

async function gather(ctx: Context, event: DiscoveryEvent): Promise<Findings> {
  const services = required(ctx.clients, 'pyxis', 'koji')
  refuseDisallowed(ctx, {
    eventId: event.id,
    handler: NAME,
    criteria: triggerCriteria(triggerOf(ctx, event)),
    text: asyncText.notAllowed(event.messageId),
  })
  const branch = event.distGitBranch
  if (!branch) throw new Permanent('The event has no dist-git branch.')
  const packages = requestedImages(event)
  const rebuilt = await rebuiltByDependencies(ctx.db.fork(), event)
  const found = await findNamedImages(ctx, services, {
    packages,
    branch,
    rebuilt: new Set(rebuilt.values()),
    releasedOnly: ctx.settings.file.container_released_dependencies_only,
  })
  const { missing, considered } = found
  ctx.log.info({ event: event.id, packages: packages.length, branch, missing }, 'found named images')
  if (missing.length > 0) {
    ctx.log.info({ event: event.id, considered }, 'considered images of other branches')
    throw new Permanent(asyncText.neverBuilt(branch, missing), { isWholeReason: true })
  }
  return {
    nodes: found.nodes.map((node) => withTarget(node, event.brewTarget ?? null)),
    considered,
    fixedRpms: [],
    whenEmpty: asyncText.nothingToRebuild(event.messageId),
  }
}

/** The requested target, else that of the original build; the composes of the original build are not renewed. */
function withTarget(node: PlanNode, target: string | null): PlanNode {
  const { source } = node
  if (!source) return node
  return { ...node, source: { ...source, target: target ?? source.target, odcsComposeIds: null } }
}
