/** States of a build, and the two tables of allowed transitions; ids are part of the API. */
import type { EventState } from '../event.ts'
import { idsOf, invertIds } from '../id-names.ts'

/** Kinds of artifact; only IMAGE is created, the rest occurs in stored history. */
export const ARTIFACT_TYPES = { RPM: 0, IMAGE: 1, MODULE: 2, IMAGE_REPOSITORY: 3 } as const

/** Id of an artifact type. */
export const artifactTypeId = idsOf(ARTIFACT_TYPES)
/** Name of an artifact type; `undefined` for an unknown id. */
export const artifactTypeName = invertIds(ARTIFACT_TYPES)

/** PLANNED: waits for its parent or composes; BUILD: its Koji task is running. */
export const BUILD_STATES = { BUILD: 0, DONE: 1, FAILED: 2, CANCELED: 3, PLANNED: 4 } as const
export type BuildState = keyof typeof BUILD_STATES

/** Id of a build state. */
export const buildStateId = idsOf(BUILD_STATES)
/** Name of a build state; `undefined` for an unknown id. */
export const buildStateName = invertIds(BUILD_STATES)

/** Why an image is rebuilt: it contains the vulnerable RPM and was found itself, or an image built on it was. */
export const REBUILD_REASONS = { unknown: 0, directly_affected: 1, dependency: 2 } as const
export type RebuildReason = keyof typeof REBUILD_REASONS

/** Id of a rebuild reason. */
export const rebuildReasonId = idsOf(REBUILD_REASONS)
/** Name of a rebuild reason; `undefined` for an unknown id. */
export const rebuildReasonName = invertIds(REBUILD_REASONS)

/** The states that may follow each event state; no other transition is written. */
export const EVENT_TRANSITIONS = {
  INITIALIZED: ['BUILDING', 'FAILED', 'SKIPPED', 'CANCELED'],
  BUILDING: ['COMPLETE', 'FAILED', 'CANCELED'],
  COMPLETE: [],
  FAILED: [],
  SKIPPED: [],
  CANCELED: [],
} as const satisfies Record<EventState, readonly EventState[]>

/** The states that may follow each build state; BUILD to PLANNED is the retry after a failed attempt. */
export const BUILD_TRANSITIONS = {
  PLANNED: ['BUILD', 'FAILED', 'CANCELED'],
  BUILD: ['DONE', 'FAILED', 'CANCELED', 'PLANNED'],
  DONE: [],
  FAILED: [],
  CANCELED: [],
} as const satisfies Record<BuildState, readonly BuildState[]>

/** Whether an event never leaves this state; entering it sets `time_done`. */
export function isTerminalEventState(state: EventState): boolean {
  return EVENT_TRANSITIONS[state].length === 0
}

/** Whether a build never leaves this state; entering it sets `time_completed`. */
export function isTerminalBuildState(state: BuildState): boolean {
  return BUILD_TRANSITIONS[state].length === 0
}

/** Whether an event in state `from` may enter `to`. */
export function eventMayBecome(from: EventState, to: EventState): boolean {
  const next: readonly EventState[] = EVENT_TRANSITIONS[from]
  return next.includes(to)
}

/** Numbers of builds by state. */
export type BuildCounts = Record<BuildState, number>

/** Counts builds by their state. */
export function countStates(builds: readonly { state: BuildState }[]): BuildCounts {
  const counts: BuildCounts = { PLANNED: 0, BUILD: 0, DONE: 0, FAILED: 0, CANCELED: 0 }
  for (const { state } of builds) counts[state] += 1
  return counts
}
