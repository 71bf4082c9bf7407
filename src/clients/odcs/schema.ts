/** Shapes of ODCS: composes as they are requested and answered (behaviour/services 1). */
import { z } from 'zod'

/** Compose states in the order of their numbers on the wire. */
export const COMPOSE_STATES = ['wait', 'generating', 'done', 'removed', 'failed'] as const
export type ComposeState = (typeof COMPOSE_STATES)[number]

/** States that a compose leaves by itself; every other state is its end. */
export const OPEN_COMPOSE_STATES: readonly ComposeState[] = ['wait', 'generating']
/** States in which builds can use a compose; the build system renews a removed one. */
export const USABLE_COMPOSE_STATES: readonly ComposeState[] = ['done', 'removed']

/** What is to be composed; empty lists are left out of the request. */
export type ComposeRequest = {
  type: 'tag' | 'module' | 'pulp' | 'build'
  /** Space-joined tags, modules or content sets; empty for builds. */
  source: string
  packages?: readonly string[]
  builds?: readonly string[]
  sigkeys?: readonly string[]
  flags?: readonly string[]
  results?: readonly string[]
  arches?: readonly string[]
}

/** The number of the source type `module` on the wire. */
const MODULES = 2

const text = z.string().nullish().catch(null)

/** A compose. `source` is one text of names with spaces between; its order is not the requested one. */
export const composeSchema = z
  .object({
    id: z.number().int(),
    state: z.number().int().min(0).max(4),
    state_reason: text,
    source_type: z.number().nullish().catch(null),
    source: text,
    result_repofile: text,
  })
  .transform(({ id, state, state_reason, source_type, source, result_repofile }) => ({
    id,
    state: COMPOSE_STATES[state] as ComposeState, // the range was checked
    stateReason: state_reason ?? null,
    isOfModules: source_type === MODULES,
    sources: (source ?? '').split(/\s+/).filter(Boolean),
    repoFileUrl: result_repofile || null,
  }))
export type Compose = z.output<typeof composeSchema>

/** The body of a request; lists are sorted so that equal requests are equal texts and ODCS can reuse composes. */
export function composeBody({
  type,
  source,
  packages,
  builds,
  sigkeys,
  flags,
  results,
  arches,
}: ComposeRequest) {
  return {
    source: { type, source, ...listed({ packages, builds, sigkeys }) },
    ...listed({ flags, results, arches }),
  }
}

function listed(lists: Record<string, readonly string[] | undefined>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, list]) => (list?.length ? [[name, list.toSorted()]] : [])),
  )
}
