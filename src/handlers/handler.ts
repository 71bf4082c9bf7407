/** The interface of a handler, which finds the images that one kind of event affects. */
import type { Context } from '../context.ts'
import type { EventRow } from '../db/entities/index.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import type { HandlerName } from '../domain/rebuild/discover/rule-names.ts'
import type { ReadAdvisory } from '../domain/rebuild/images/advisory.ts'
import type { PlanNode } from '../domain/rebuild/plan/graph.ts'

/** The part of an event that discovery reads; the event need not be stored. */
export type DiscoveryEvent = Pick<
  EventRow,
  | 'id'
  | 'messageId'
  | 'searchKey'
  | 'dryRun'
  | 'manualTriggered'
  | 'requestedRebuilds'
  | 'requesterMetadata'
  | 'distGitBranch'
  | 'brewTarget'
> & {
  /** Only for an event that is not stored: the event it would depend on. */
  dependsOn?: number | undefined
  /** Only for an event that is not stored: its advisory counts as shipped, whatever its state. */
  asShipped?: boolean
}

/** The result of discovery; stored, so that planning needs no service and can be repeated. */
export type Findings = {
  /** Images to rebuild, the ancestors to rebuild with them, and releases that may replace these. */
  nodes: PlanNode[]
  /** Images that were considered and dropped: one entry each, none for a node, sorted by NVR. */
  considered: Consideration[]
  /** NVRs of the RPMs that builds must have: finished ones are verified against them, if the handler does so, and later events compare theirs. */
  fixedRpms: string[]
  /** The reason for skipping the event when nothing is left to build. */
  whenEmpty: string
}

/** Takes the advisory of the event as soon as it was read, so that it is known also of an event that ends without findings. */
export type OnAdvisory = (advisory: ReadAdvisory) => void

type Need =
  | 'ERRATA_URL'
  | 'PYXIS_URL'
  | 'PYXIS_GRAPHQL_URL'
  | 'KOJI_BASE_URL'
  | 'PULP_URL'
  | 'PRODUCT_PAGES_URL'
  | 'ODCS_URL'
  | 'FLATPAK_URL'

/** How the events of one subject are handled. */
export type Handler = {
  /** The name that operators use in allow and block rules. */
  name: HandlerName
  /** Whether it handles an event of this type about an advisory with these content types. */
  accepts(contentTypes: readonly string[], eventTypeId: number): boolean
  /** Settings that must be set; otherwise the handler is off. */
  needs: readonly Need[]
  /** Whether finished builds must contain the RPMs of the advisory. */
  verifiesRpms: boolean
  /** Whether its builds need composes in addition to those that the build system chooses itself (behaviour/freshmaker 7.9 step 6). */
  needsComposes: boolean
  /** Sends only read requests. @throws Skip with the reason when the event should not be handled */
  gather(ctx: Context, event: DiscoveryEvent, onAdvisory?: OnAdvisory): Promise<Findings>
}
