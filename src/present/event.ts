/** An event as JSON for responses and messages, in full (API version 1) or short (version 2) (behaviour/freshmaker 2.2). */
import type { EventRecord, FullEventRecord, MinEventRecord } from '../db/queries/records/event-rows.ts'
import { eventStateName } from '../domain/event.ts'
import { buildStateName } from '../domain/rebuild/states.ts'
import { type BuildJson, presentBuild } from './build.ts'
import { inKeyOrder, type Json, presentDateOrNull, readJson } from './columns.ts'

type CommonJson = {
  depending_events: number[]
  depends_on_events: number[]
  dry_run: boolean | null
  event_type_id: number
  id: number
  message_id: string
  requested_rebuilds: string[]
  requester: string | null
  requester_metadata: Json
  search_key: string
  state: number
  state_name: string | null
  state_reason: string | null
  time_created: string | null
  time_done: string | null
  url: string
}
/** The full form; `builds` comes first so that the keys stay alphabetical. */
export type FullEventJson = { builds: BuildJson[] } & CommonJson
/** Numbers of builds by state name, and their `total`; states without builds are left out. */
export type BuildsSummary = { total: number; [stateName: string]: number }
/** The short form: builds are only counted. */
export type MinEventJson = { builds_summary: BuildsSummary } & CommonJson

/** @param root what precedes `/api/1/...` in links: the public root in messages, the proxy's prefix in responses */
export function presentFullEvent(event: FullEventRecord, root: string): FullEventJson {
  return { builds: event.builds.map((build) => presentBuild(build, root)), ...common(event, root) }
}

/** Its `url` also links to version 1, as in the original (behaviour/freshmaker 2.3). */
export function presentMinEvent(event: MinEventRecord, root: string): MinEventJson {
  return { builds_summary: summary(event.buildCounts), ...common(event, root) }
}

/**
 * An event as this version of the API returns it: version 2 adds the trace that everything about the event belongs to, if that is
 * recorded.
 */
export function inVersion<T extends CommonJson>(
  version: 1 | 2,
  json: T,
  { traceId }: EventRecord,
): T & { trace_id?: string } {
  return version === 1 || traceId === null ? json : inKeyOrder({ ...json, trace_id: traceId })
}

function summary(counts: MinEventRecord['buildCounts']): BuildsSummary {
  const named = counts.map(({ state, count }): [string, number] => [
    buildStateName(state) ?? String(state),
    count,
  ])
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return { ...Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))), total }
}

function common(event: EventRecord, root: string): CommonJson {
  return {
    depending_events: event.dependingEvents,
    depends_on_events: event.dependsOnEvents,
    dry_run: event.dryRun,
    event_type_id: event.eventTypeId,
    id: event.id,
    message_id: event.messageId,
    requested_rebuilds: event.requestedRebuilds ? event.requestedRebuilds.split(' ') : [],
    requester: event.requester,
    // Clients send an object, but the original stores and shows any JSON.
    requester_metadata: readJson(event.requesterMetadata) ?? {},
    search_key: event.searchKey,
    state: event.state,
    state_name: eventStateName(event.state) ?? null,
    state_reason: event.stateReason,
    time_created: presentDateOrNull(event.timeCreated),
    time_done: presentDateOrNull(event.timeDone),
    url: `${root}/api/1/events/${event.id}`,
  }
}
