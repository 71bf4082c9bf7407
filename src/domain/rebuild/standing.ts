/** Judges the standing of a build, which is what it waits for or what ended it, from its row and what surrounds it (decision 0039). */
import type { EventState } from '../event.ts'
import { keysOf } from '../keys-of.ts'
import type { BuildState } from './states.ts'
import { buildText } from './texts.ts'

/** Another build, as a standing names it. */
export type NamedBuild = { id: number; name: string; state: BuildState }

/** A wait of a build's work; `service` null: its result cannot be verified yet. */
export type BuildWait = {
  service: string | null
  blame: 'service' | 'account' | null
  detail: string
  since: Date
  nextAt: Date
}

/** A build with everything that its standing depends on. */
export type StandingFacts = {
  id: number
  name: string
  originalNvr: string | null
  rebuiltNvr: string | null
  state: BuildState
  eventState: EventState
  parent: NamedBuild | null
  /** The task of the current attempt; negative in a dry run. */
  taskId: number | null
  taskSubmittedAt: Date | null
  completedAt: Date | null
  stateReason: string | null
  failureDetail: string | null
  /** Failed attempts so far. */
  retryCount: number
  submitAfter: Date | null
  /** End of the claim on the current attempt; null: no worker has begun it. */
  claimUntil: Date | null
  target: string | null
  /** Composes that hold it back, as ODCS last reported them; `state` null: not yet. */
  composes: readonly { odcsId: number; state: string | null }[]
  /** Composes that it needs and that ODCS has not accepted yet. */
  openRequests: number
  waits: readonly BuildWait[]
  /** Set while its task is still to be canceled; null: not known whether there is one. */
  cancellation: { taskId: number | null } | null
}

/** What is the same for all builds; `limits` and `onTarget` are about tasks in flight, `lookedAt` about all running tasks. */
export type Circumstances = {
  now: Date
  limits: { all: number; eachTarget: number } | undefined
  inFlight: { total: number; onTarget: ReadonlyMap<string, number> }
  lookedAt: Date | null
}

/** What each kind of standing consists of. */
export type StandingDetails = {
  event: { eventState: EventState }
  parent: { parent: NamedBuild }
  service: { service: string; blame: BuildWait['blame']; detail: string; since: Date; until: Date }
  'compose-request': { requests: number }
  compose: { composes: StandingFacts['composes'] }
  delay: { attemptNumber: number; until: Date }
  verification: { detail: string; taskId: number | null; since: Date; until: Date }
  submission: { until: Date; isLapsed: boolean }
  slot: { inUse: number; limit: number; target: string | null }
  queue: object
  'build-system': { taskId: number | null; since: Date | null; lookedAt: Date | null }
  done: { nvr: string | null; at: Date | null; isDryRun: boolean }
  'parent-ended': { parent: NamedBuild; at: Date | null }
  failed: { reason: string | null; detail: string | null; at: Date | null }
  canceling: { taskId: number | null; at: Date | null }
  canceled: { reason: string | null; at: Date | null }
}
/** The kinds, in the order in which they are checked. */
export type StandingKind = keyof StandingDetails

/** `isReady`: the build could be submitted at this moment, so that the sweep puts it into its queue. */
export type Standing = {
  [K in StandingKind]: { kind: K; isReady: boolean } & StandingDetails[K]
}[StandingKind]

type KindRules<K extends StandingKind> = {
  /** Only builds in these states can have it. */
  states: readonly BuildState[]
  /** Whether it keeps a PLANNED build out of the queue of submissions. */
  holdsBack: boolean
  /** Null: this kind does not apply to the build. */
  find: (build: StandingFacts, now: Circumstances) => StandingDetails[K] | null
}

/** The kinds with their rules, checked in this order; the last kind of each state fits every build in it. */
const KINDS: { [K in StandingKind]: KindRules<K> } = {
  event: {
    states: ['PLANNED'],
    holdsBack: true,
    find: ({ eventState }) => (eventState === 'BUILDING' ? null : { eventState }),
  },
  parent: {
    states: ['PLANNED'],
    holdsBack: true,
    find: ({ parent }) => (parent && parent.state !== 'DONE' ? { parent } : null),
  },
  service: { states: ['PLANNED', 'BUILD'], holdsBack: false, find: serviceInTrouble },
  'compose-request': {
    states: ['PLANNED'],
    holdsBack: true,
    find: ({ openRequests }) => (openRequests > 0 ? { requests: openRequests } : null),
  },
  compose: {
    states: ['PLANNED'],
    holdsBack: true,
    find: ({ composes }) => (composes.length > 0 ? { composes } : null),
  },
  delay: {
    states: ['PLANNED'],
    holdsBack: true,
    find: ({ submitAfter, retryCount }, { now }) =>
      submitAfter && submitAfter > now ? { attemptNumber: retryCount + 1, until: submitAfter } : null,
  },
  verification: { states: ['PLANNED', 'BUILD'], holdsBack: false, find: notVerifiable },
  submission: {
    states: ['PLANNED'],
    holdsBack: false,
    find: ({ claimUntil }, { now }) => claimUntil && { until: claimUntil, isLapsed: claimUntil <= now },
  },
  slot: { states: ['PLANNED'], holdsBack: false, find: noSlot },
  queue: { states: ['PLANNED'], holdsBack: false, find: () => ({}) },
  'build-system': {
    states: ['BUILD'],
    holdsBack: false,
    find: ({ taskId, taskSubmittedAt: since }, { lookedAt }) => ({
      taskId,
      since,
      lookedAt: since && lookedAt && lookedAt < since ? null : lookedAt,
    }),
  },
  done: {
    states: ['DONE'],
    holdsBack: false,
    find: ({ rebuiltNvr, completedAt: at, taskId }) => ({
      nvr: rebuiltNvr,
      at,
      isDryRun: taskId !== null && taskId < 0,
    }),
  },
  'parent-ended': {
    states: ['FAILED', 'CANCELED'],
    holdsBack: false,
    find: ({ parent, stateReason, completedAt: at }) =>
      parent && stateReason === buildText.dependencyEnded ? { parent, at } : null,
  },
  failed: {
    states: ['FAILED'],
    holdsBack: false,
    find: ({ stateReason: reason, failureDetail: detail, completedAt: at }) => ({ reason, detail, at }),
  },
  canceling: {
    states: ['CANCELED'],
    holdsBack: false,
    find: ({ cancellation, completedAt: at }) => cancellation && { taskId: cancellation.taskId, at },
  },
  canceled: {
    states: ['CANCELED'],
    holdsBack: false,
    find: ({ stateReason: reason, completedAt: at }) => ({ reason, at }),
  },
}

/** All kinds, in the order in which they are checked. */
export const STANDING_KINDS = keysOf(KINDS)

/** The standing of a build: the first kind that fits it. */
export function standingOf(build: StandingFacts, now: Circumstances): Standing {
  const fits = (kind: StandingKind) =>
    KINDS[kind].states.includes(build.state) ? KINDS[kind].find(build, now) : null
  const isReady =
    build.state === 'PLANNED' && STANDING_KINDS.every((kind) => !KINDS[kind].holdsBack || fits(kind) === null)
  for (const kind of STANDING_KINDS) {
    const details = fits(kind)
    if (details) return { kind, isReady, ...details } as Standing // the details are those of this kind
  }
  throw new Error(`build ${build.id} is ${build.state} and has no standing`)
}

function serviceInTrouble({ waits }: StandingFacts): StandingDetails['service'] | null {
  for (const { service, blame, detail, since, nextAt: until } of waits)
    if (service !== null) return { service, blame, detail, since, until }
  return null
}

function notVerifiable({ waits, taskId }: StandingFacts): StandingDetails['verification'] | null {
  const wait = waits.find(({ service }) => service === null)
  return wait ? { detail: wait.detail, taskId, since: wait.since, until: wait.nextAt } : null
}

/** The limit over all targets is named first, since it holds for every build. */
function noSlot(
  { target }: StandingFacts,
  { limits, inFlight }: Circumstances,
): StandingDetails['slot'] | null {
  if (!limits) return null
  const { total, onTarget } = inFlight
  if (total >= limits.all) return { inUse: total, limit: limits.all, target: null }
  const inUse = onTarget.get(target ?? '') ?? 0
  return inUse >= limits.eachTarget ? { inUse, limit: limits.eachTarget, target } : null
}
