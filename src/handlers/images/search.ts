/** The search of an event in the catalogue: its conditions, its services, its result. */
import type { Clients } from '../../clients/index.ts'
import type { Context } from '../../context.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { AllowRules } from '../../domain/rebuild/discover/allow.ts'
import type { Criteria } from '../../domain/rebuild/discover/criteria.ts'
import type { RebuiltImages } from '../../domain/rebuild/discover/image-filter.ts'
import type { FixedIndex } from '../../domain/rebuild/images/affected-rpms.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'

/** The clients of the catalogue and the build system, both configured. */
export type Services = { pyxis: NonNullable<Clients['pyxis']>; koji: NonNullable<Clients['koji']> }

/** The part of the context that discovery uses; it stores nothing. */
export type DiscoveryContext = Pick<Context, 'settings' | 'log'>

/** The conditions of the search; null: any. */
export type ImageSearch = {
  handlerName: string
  rules: AllowRules
  criteria: Criteria
  /** Name of the advisory, for reasons. */
  advisory: string
  /** The RPMs that have the fix. */
  fixed: FixedIndex
  /** Content sets of the advisory; null: content from anywhere. */
  contentSets: string[] | null
  published: boolean | null
  releaseCategories: string[] | null
  /** NVRs of the images that were requested by name; empty: every affected image. */
  requested: string[]
  /** Images that are not rebuilt again, unless they need other RPMs now. */
  alreadyRebuilt: RebuiltImages
}

/** Images to rebuild, and the images that were considered and dropped. */
export type Found = { nodes: PlanNode[]; considered: Consideration[] }
