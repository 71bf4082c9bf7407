/** The state of ODCS: its composes (behaviour/services 1). */
import type { Catalogue } from '../../catalogue/entry.ts'

/** The numbers of the states, sent along with their names. */
export const COMPOSE_STATES = { wait: 0, generating: 1, done: 2, removed: 3, failed: 4 } as const
export type ComposeState = keyof typeof COMPOSE_STATES

/** Requests use the name of the type, answers its number. */
export const SOURCE_TYPES = {
  tag: 1,
  module: 2,
  repo: 3,
  pulp: 4,
  raw_config: 5,
  build: 6,
  pungi_compose: 7,
} as const
export type SourceType = keyof typeof SOURCE_TYPES

/** Times are milliseconds since 1970. */
export type Compose = {
  id: number
  owner: string
  sourceType: SourceType
  source: string
  state: ComposeState
  stateReason: string | null
  submittedAt: number
  startedAt: number | null
  doneAt: number | null
  secondsToLive: number
  flags: readonly string[]
  packages: readonly string[]
  builds: readonly string[]
  arches: readonly string[]
  sigkeys: readonly string[]
  modules: readonly string[]
}

/** Composes by id, and the timers that advance them. */
export type OdcsState = {
  composes: Map<number, Compose>
  nextId: number
  /** Milliseconds from one state to the next. */
  stepMs: number
  /** How many of the next requested composes fail. */
  failNext: number
  timers: Set<NodeJS.Timeout>
}

/** ODCS with the composes of earlier builds, all done. */
export function createOdcsState(catalogue: Catalogue, stepMs: number, now: number): OdcsState {
  const composes = new Map(catalogue.composes.map((compose) => [compose.id, pastCompose(compose, now)]))
  return { composes, nextId: Math.max(500, ...composes.keys()) + 1, stepMs, failNext: 0, timers: new Set() }
}

function pastCompose(
  { id, source, sourceType = 'pulp' }: Catalogue['composes'][number],
  now: number,
): Compose {
  const at = now - 30 * 24 * 3600 * 1000
  return {
    id,
    owner: 'osbs',
    sourceType,
    source,
    state: 'done',
    stateReason: null,
    submittedAt: at,
    startedAt: at + 1000,
    doneAt: at + 60_000,
    secondsToLive: 24 * 3600,
    flags: [],
    packages: [],
    builds: [],
    arches: ['x86_64', 'aarch64'],
    sigkeys: [],
    modules: [],
  }
}
