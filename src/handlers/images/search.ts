/** What an event looks for in the catalogue, and the services it asks. */
import type { Clients } from '../../clients/index.ts'
import type { Context } from '../../context.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { AllowRules } from '../../domain/rebuild/discover/allow.ts'
import type { Criteria } from '../../domain/rebuild/discover/criteria.ts'
import type { FixedIndex } from '../../domain/rebuild/images/affected-rpms.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'

/** The catalogue and the build system, both configured. */
export type Services = { pyxis: NonNullable<Clients['pyxis']>; koji: NonNullable<Clients['koji']> }

/** The part of the context that discovery works with; it stores nothing. */
export type DiscoveryContext = Pick<Context, 'settings' | 'log'>

/** What an event looks for; null: any. */
export type ImageSearch = {
  handlerName: string
  rules: AllowRules
  criteria: Criteria
  /** Name of the advisory, for reasons. */
  advisory: string
  /** The RPMs that have the fix. */
  fixed: FixedIndex
  /** Of the advisory. */
  contentSets: string[]
  published: boolean | null
  releaseCategories: string[] | null
  /** NVRs of images somebody asked for; empty: every affected image. */
  requested: string[]
  /** Not rebuilt again. */
  alreadyRebuilt: ReadonlySet<string>
}

/** Images that take part, and those that were looked at and do not. */
export type Found = { nodes: PlanNode[]; considered: Consideration[] }
