/** What a handler is: how one kind of event finds what it affects. */
import type { Context } from '../context.ts'
import type { EventRow } from '../db/entities/index.ts'
import type { EventTypeId } from '../domain/event.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import type { PlanNode } from '../domain/rebuild/plan/graph.ts'

/** The part of an event that discovery looks at; it need not be stored. */
export type DiscoveryEvent = Pick<
  EventRow,
  'id' | 'searchKey' | 'dryRun' | 'manualTriggered' | 'requestedRebuilds' | 'requesterMetadata'
>

/** What was learned for an event; stored, so that planning needs nobody else and can be repeated. */
export type Findings = {
  /** Images to rebuild, the ancestors that have to be rebuilt with them, and releases that may take their place. */
  nodes: PlanNode[]
  /** Images that were looked at and dropped: one entry for each, none for a node, sorted by NVR. */
  considered: Consideration[]
  /** RPM NVRs a finished build is verified against. */
  fixedRpms: string[]
  /** The reason the event is skipped with when nothing is left to build. */
  whenEmpty: string
}

/** One kind of event. */
export type Handler = {
  /** The name operators use in allow and block rules. */
  name: string
  eventTypes: readonly EventTypeId[]
  /** Whether events about an advisory with these content types are its business. */
  accepts(contentTypes: readonly string[]): boolean
  /** Settings without which the handler is off. */
  needs: readonly ('ERRATA_URL' | 'PYXIS_GRAPHQL_URL' | 'KOJI_BASE_URL' | 'PULP_URL')[]
  /** Finished builds must contain the RPMs of the advisory. */
  verifiesRpms: boolean
  /** Only asks; @throws Skip with the reason when the event is not to be handled. */
  gather(ctx: Context, event: DiscoveryEvent): Promise<Findings>
}
