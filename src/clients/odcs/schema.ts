/** Shapes of ODCS: composes as they are requested and answered (behaviour/services 1). */
import { z } from 'zod'
import { type ComposeState, composeStateName, MAX_COMPOSE_STATE } from '../../domain/rebuild/compose-state.ts'
import { recordsOf } from '../../lib/records.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'

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

/** A 404 of ODCS itself: the compose is unknown. */
export const refusalSchema = z.object({ status: z.literal(404), message: z.string() })

const text = z.string().nullish().catch(null)

const state = z.number().int().min(0).max(MAX_COMPOSE_STATE)
const wireSchema = z.object({
  id: z.number().int().min(1).max(MAX_INTEGER),
  state,
  state_reason: text,
  source_type: z.number().nullish().catch(null),
  source: text,
  result_repofile: text,
})

/** A compose. `source` is one text of names with spaces between; its order is not the requested one. */
export const composeSchema = wireSchema.transform(toCompose)
export type Compose = ReturnType<typeof toCompose>

/**
 * The answer to a request. One with an id is a compose in the making, whose state will be looked at again, unless it has
 * another content than the request.
 */
export const requestedSchema = (request: ComposeRequest) =>
  wireSchema
    .extend({ state: state.catch(0) })
    .refine((wire) => !isOfAnother(wire, request), 'the answer is about another compose')
    .transform(toCompose)

function toCompose({
  id,
  state: number,
  state_reason,
  source_type,
  source,
  result_repofile,
}: z.output<typeof wireSchema>) {
  return {
    id,
    state: composeStateName(number) as ComposeState, // the range was checked
    stateReason: state_reason ?? null,
    isOfModules: source_type === SOURCE_TYPES.module,
    sources: namesIn(source),
    repoFileUrl: result_repofile || null,
  }
}

function namesIn(joined: string | null | undefined): string[] {
  return (joined ?? '').split(/\s+/).filter(Boolean)
}

/** Answers have the numbers of source types. */
const SOURCE_TYPES = { tag: 1, module: 2, pulp: 4, build: 6 } as const satisfies Record<
  ComposeRequest['type'],
  number
>
const names = text.transform(namesIn)

const itemSchema = wireSchema
  .extend({
    source_type: z.number(),
    packages: names,
    builds: names,
    sigkeys: names,
    arches: names,
    flags: z.array(z.string()).nullish(),
  })
  .transform(({ packages, builds, sigkeys, arches, flags, ...wire }) => ({
    compose: toCompose(wire),
    sourceType: wire.source_type,
    content: { packages, builds, sigkeys, arches, flags: flags ?? [] },
  }))

/** A page of composes, read one by one. */
export const listSchema = z
  .object({ items: recordsOf(itemSchema) })
  .transform(({ items: { read, unreadable } }) => ({ read, unreadable }))

/** Whether a compose in a list has what was requested; what the request leaves out is up to ODCS. */
export function isMadeFor(
  { compose, sourceType, content }: z.output<typeof itemSchema>,
  request: ComposeRequest,
): boolean {
  const isSame = (requested: readonly string[] | undefined, made: readonly string[]) =>
    !requested?.length || distinct(requested) === distinct(made)
  return (
    sourceType === SOURCE_TYPES[request.type] &&
    compose.state !== 'failed' &&
    compose.state !== 'removed' &&
    isSame(namesIn(request.source), compose.sources) &&
    (['packages', 'builds', 'sigkeys', 'arches', 'flags'] as const).every((name) =>
      isSame(request[name], content[name]),
    )
  )
}

/** ODCS may put the modules of a request in other words. */
function isOfAnother(
  { source_type, source: made }: z.output<typeof wireSchema>,
  { type, source }: ComposeRequest,
): boolean {
  if (typeof source_type === 'number' && source_type !== SOURCE_TYPES[type]) return true
  return type !== 'module' && Boolean(made) && distinct(namesIn(source)) !== distinct(namesIn(made))
}

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

function distinct(names: readonly string[]): string {
  return [...new Set(names)].sort().join(' ')
}

function listed(lists: Record<string, readonly string[] | undefined>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, list]) => (list?.length ? [[name, list.toSorted()]] : [])),
  )
}
