/** Rows of Freshmaker's tables as the import takes them over (behaviour/freshmaker 1.3). */
import type { EventState, EventTypeId } from '../event.ts'
import type { BuildState } from '../rebuild/states.ts'

/** The tables that are imported, each after those it refers to. */
export const IMPORTED_TABLES = [
  'users',
  'events',
  'composes',
  'artifact_builds',
  'artifact_build_composes',
  'event_dependencies',
] as const
export type ImportedTable = (typeof IMPORTED_TABLES)[number]

/** A time in UTC with the microseconds of the original, such as `2026-11-28T00:00:00.123456Z`. */
export type Timestamp = string

/** Columns of `users`. */
export type UserRow = { id: number; username: string }

/** Columns of `events`. */
export type EventRow = {
  id: number
  messageId: string
  searchKey: string
  eventTypeId: EventTypeId
  released: boolean | null
  state: EventState
  stateReason: string | null
  timeCreated: Timestamp | null
  timeDone: Timestamp | null
  dryRun: boolean | null
  requester: string | null
  requestedRebuilds: string | null
  /** JSON text. */
  requesterMetadata: string | null
  manualTriggered: boolean | null
}

/** Columns of `composes`. */
export type ComposeRow = { id: number; odcsComposeId: number }

/** Columns of `artifact_builds`, and those that Freshwave adds. */
export type BuildRow = {
  id: number
  name: string
  originalNvr: string | null
  rebuiltNvr: string | null
  type: number | null
  state: BuildState
  stateReason: string | null
  timeSubmitted: Timestamp
  timeCompleted: Timestamp | null
  depOnId: number | null
  eventId: number | null
  /** The Koji task. */
  taskId: number | null
  /** JSON text. */
  buildArgs: string | null
  rebuildReason: number | null
  /** JSON text. */
  bundlePullspecOverrides: string | null
  /** From `buildArgs`. */
  retryCount: number
  /** From `buildArgs`. */
  target: string | null
  /** Set for a build whose task still runs. */
  verificationNote: string | null
}

/** A row of `artifact_build_composes`; the compose is known by its ODCS id, because it may have another row id here. */
export type LinkRow = { buildId: number; composeId: number; odcsComposeId: number }

/** Columns of `event_dependencies`. */
export type DependencyRow = { id: number; eventId: number; dependsOnId: number }

/** The row of each table. */
export type ImportedRows = {
  users: UserRow
  events: EventRow
  composes: ComposeRow
  artifact_builds: BuildRow
  artifact_build_composes: LinkRow
  event_dependencies: DependencyRow
}
