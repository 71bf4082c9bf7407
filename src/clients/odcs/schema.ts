/** Shapes of ODCS: compose requests, and composes as ODCS returns them (behaviour/services 1). */
import { z } from 'zod'

/** Compose states; the index is the number on the wire. */
const COMPOSE_STATES = ['wait', 'generating', 'done', 'removed', 'failed'] as const
export type ComposeState = (typeof COMPOSE_STATES)[number]

/** The content of a compose; empty lists are omitted from the request. */
export type ComposeRequest = {
  type: 'tag' | 'module' | 'pulp' | 'build'
  /** Tags, modules or content sets, separated by spaces; empty for builds. */
  source: string
  packages?: readonly string[]
  builds?: readonly string[]
  sigkeys?: readonly string[]
  flags?: readonly string[]
  results?: readonly string[]
  arches?: readonly string[]
}

/** A compose. On the wire, `source` is a string of names separated by spaces, not in the requested order. */
export const composeSchema = z
  .object({
    id: z.number().int(),
    state: z.number().int().min(0).max(4),
    state_reason: z.string().nullish(),
    source: z.string().nullish(),
    result_repofile: z.string().nullish(),
  })
  .transform(({ id, state, state_reason, source, result_repofile }) => ({
    id,
    state: COMPOSE_STATES[state] as ComposeState, // the range was checked
    stateReason: state_reason ?? null,
    sources: (source ?? '').split(/\s+/).filter(Boolean),
    repoFileUrl: result_repofile || null,
  }))
export type Compose = z.output<typeof composeSchema>

/** The request body. Lists are sorted, so that equal requests have equal bodies and ODCS can reuse composes. */
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
