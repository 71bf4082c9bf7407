/** Decides whether a row can be imported, by what became of the rows that it refers to. */
import type { ImportedRows, ImportedTable } from './rows.ts'

/** Ids of Freshmaker: what is imported or was here already, and what belongs to running events, imported or not. */
export type Seen = {
  events: Set<number>
  composes: Set<number>
  builds: Set<number>
  runningEvents: Set<number>
  runningBuilds: Set<number>
}

/** `running`: it belongs to a running event, and goes with that or is left out; `missing`: what it refers to is not imported. */
export type Standing = { kind: 'ready' } | { kind: 'running' } | { kind: 'missing'; what: string }

/** Nothing has been looked at. */
export function nothingSeen(): Seen {
  return {
    events: new Set(),
    composes: new Set(),
    builds: new Set(),
    runningEvents: new Set(),
    runningBuilds: new Set(),
  }
}

const READY: Standing = { kind: 'ready' }
const RUNNING: Standing = { kind: 'running' }

const STANDINGS: { [T in ImportedTable]: (row: ImportedRows[T], seen: Seen) => Standing } = {
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

/** What may be done with the row. */
export function standingOf<T extends ImportedTable>(table: T, row: ImportedRows[T], seen: Seen): Standing {
  return STANDINGS[table](row, seen)
}

function ofEvent(id: number, { events, runningEvents }: Seen): Standing {
  if (events.has(id)) return READY
  return runningEvents.has(id) ? RUNNING : missing(`event ${id}`)
}

function missing(thing: string): Standing {
  return { kind: 'missing', what: `its ${thing} is not imported` }
}
