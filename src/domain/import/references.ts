/** Decides whether a row can be imported, depending on the rows that it refers to. */
import type { ImportedRows, ImportedTable } from './rows.ts'

/** Freshmaker's ids seen so far: of rows that are here by now, and of running events and their builds, imported or not. */
export type SeenIds = {
  events: Set<number>
  composes: Set<number>
  builds: Set<number>
  runningEvents: Set<number>
  runningBuilds: Set<number>
}

/** `running`: it belongs to a running event, with which it is imported or left out; `missing`: what it refers to is not imported. */
export type ReferenceState = { kind: 'ready' } | { kind: 'running' } | { kind: 'missing'; what: string }

/** The ids before the first row: none. */
export function noIdsSeen(): SeenIds {
  return {
    events: new Set(),
    composes: new Set(),
    builds: new Set(),
    runningEvents: new Set(),
    runningBuilds: new Set(),
  }
}

const READY: ReferenceState = { kind: 'ready' }
const RUNNING: ReferenceState = { kind: 'running' }

const REFERENCE_RULES: { [T in ImportedTable]: (row: ImportedRows[T], seen: SeenIds) => ReferenceState } = {
  users: () => READY,
  events: () => READY,
  composes: () => READY,
  artifact_builds: ({ eventId }, seen) => {
    if (eventId === null) return READY
    return seen.runningEvents.has(eventId) ? RUNNING : ofEvent(eventId, seen)
  },
  artifact_build_composes: ({ buildId, composeId }, { builds, runningBuilds, composes }) => {
    if (runningBuilds.has(buildId)) return RUNNING
    if (!builds.has(buildId)) return missing(`build ${buildId}`)
    return composes.has(composeId) ? READY : missing(`compose ${composeId}`)
  },
  event_dependencies: ({ eventId, dependsOnId }, seen) => {
    const dependent = ofEvent(eventId, seen)
    return dependent.kind === 'ready' ? ofEvent(dependsOnId, seen) : dependent
  },
}

/** Whether everything that the row refers to is here. */
export function referenceStateOf<T extends ImportedTable>(
  table: T,
  row: ImportedRows[T],
  seen: SeenIds,
): ReferenceState {
  return REFERENCE_RULES[table](row, seen)
}

function ofEvent(id: number, { events, runningEvents }: SeenIds): ReferenceState {
  if (events.has(id)) return READY
  return runningEvents.has(id) ? RUNNING : missing(`event ${id}`)
}

function missing(thing: string): ReferenceState {
  return { kind: 'missing', what: `its ${thing} is not imported` }
}
