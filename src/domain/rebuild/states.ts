/** States of a build and the two tables that say which state may follow which; ids are part of the API. */
import type { EventState } from '../event.ts'
import { invertIds } from '../id-names.ts'

/** Kinds of artifact; only IMAGE is ever created, the others belong to stored history. */
export const ARTIFACT_TYPES = { RPM: 0, IMAGE: 1, MODULE: 2, IMAGE_REPOSITORY: 3 } as const
export type ArtifactType = keyof typeof ARTIFACT_TYPES
export type ArtifactTypeId = (typeof ARTIFACT_TYPES)[ArtifactType]

/** Id of an artifact type. */
export const artifactTypeId = (name: ArtifactType): ArtifactTypeId => ARTIFACT_TYPES[name]
/** Name of an artifact type; `undefined` for a number that is none. */
export const artifactTypeName = invertIds(ARTIFACT_TYPES)

/** PLANNED: waits for its parent or composes; BUILD: a Koji task runs. */
export const BUILD_STATES = { BUILD: 0, DONE: 1, FAILED: 2, CANCELED: 3, PLANNED: 4 } as const
export type BuildState = keyof typeof BUILD_STATES
export type BuildStateId = (typeof BUILD_STATES)[BuildState]

/** Id of a build state. */
export const buildStateId = (name: BuildState): BuildStateId => BUILD_STATES[name]
/** Name of a build state; `undefined` for a number that is none. */
export const buildStateName = invertIds(BUILD_STATES)

/** Why an image is rebuilt: it holds the vulnerable RPM and was found, or a child of it was. */
export const REBUILD_REASONS = { unknown: 0, directly_affected: 1, dependency: 2 } as const
export type RebuildReason = keyof typeof REBUILD_REASONS
export type RebuildReasonId = (typeof REBUILD_REASONS)[RebuildReason]

/** Id of a rebuild reason. */
export const rebuildReasonId = (name: RebuildReason): RebuildReasonId => REBUILD_REASONS[name]
/** Name of a rebuild reason; `undefined` for a number that is none. */
export const rebuildReasonName = invertIds(REBUILD_REASONS)

/** States a build never leaves; entering one sets its `time_completed`. */
export const TERMINAL_BUILD_STATES: ReadonlySet<BuildState> = new Set<BuildState>([
  'DONE',
  'FAILED',
  'CANCELED',
])

/** What may follow each event state; nothing else is ever written. */
export const EVENT_TRANSITIONS = {
  INITIALIZED: ['BUILDING', 'FAILED', 'SKIPPED', 'CANCELED'],
  BUILDING: ['COMPLETE', 'FAILED', 'CANCELED'],
  COMPLETE: [],
  FAILED: [],
  SKIPPED: [],
  CANCELED: [],
} as const satisfies Record<EventState, readonly EventState[]>

/** What may follow each build state; BUILD to PLANNED is the retry of a failed try. */
export const BUILD_TRANSITIONS = {
  PLANNED: ['BUILD', 'FAILED', 'CANCELED'],
  BUILD: ['DONE', 'FAILED', 'CANCELED', 'PLANNED'],
  DONE: [],
  FAILED: [],
  CANCELED: [],
} as const satisfies Record<BuildState, readonly BuildState[]>

/** Whether an event in state `from` may enter `to`. */
export function eventMayBecome(from: EventState, to: EventState): boolean {
  const next: readonly EventState[] = EVENT_TRANSITIONS[from]
  return next.includes(to)
}

/** Whether a build in state `from` may enter `to`. */
export function buildMayBecome(from: BuildState, to: BuildState): boolean {
  const next: readonly BuildState[] = BUILD_TRANSITIONS[from]
  return next.includes(to)
}
