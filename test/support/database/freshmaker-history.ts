/** Rows as in the tables of Freshmaker after years of use, the same on each call. */

/** A row by column; times are UTC without a zone. */
export type FreshmakerRow = Readonly<Record<string, string | number | boolean | null>>
/** Rows by table. */
export type FreshmakerRows = Readonly<Record<string, readonly FreshmakerRow[]>>

/** The size of a history; `names`: the number of different images. */
export type HistorySize = { events: number; names: number; composes: number }

const STATES = { complete: 2, failed: 3, skipped: 4 }
const END = Date.UTC(2026, 10, 20)
const EVENTS_AT_ONCE = 500

/** Most events are small, every 10th has 20 builds, every 100th about three hundred; 150,000 have 1,000,000. */
export function buildCount(event: number): number {
  if (event % 300 === 0) return 308
  if (event % 100 === 0) return 306
  return event % 10 === 0 ? 20 : 2
}

/** An ended event; every third one is a second event for the same advisory. */
export function freshmakerEvent(id: number, fields: FreshmakerRow = {}): FreshmakerRow {
  const searchKey = String(100_000 + id - Math.floor(id / 3))
  return {
    id,
    message_id: `ID:bus-${id}.RHSA-2026:${id}`,
    search_key: searchKey,
    event_type_id: 8,
    released: true,
    state: endedState(id),
    state_reason: `Advisory ${searchKey}: All 2 container images have been rebuilt.`,
    time_created: timeOf(END - id * 60_000),
    time_done: timeOf(END - id * 60_000 + 5000),
    dry_run: false,
    requester: null,
    requested_rebuilds: null,
    requester_metadata: id % 50 === 0 ? '{"reason": "a request"}' : null,
    manual_triggered: false,
    ...fields,
  }
}

function endedState(event: number): number {
  if (event % 20 === 3) return STATES.failed
  return event % 10 === 7 ? STATES.skipped : STATES.complete
}

/** A build that is DONE. */
export function freshmakerBuild(id: number, event: number, fields: FreshmakerRow = {}): FreshmakerRow {
  const name = `image-${id % 3000}-container`
  return {
    id,
    name,
    original_nvr: `${name}-1.0-${event}`,
    rebuilt_nvr: `${name}-1.0-${event}.1763700000`,
    type: 1,
    state: 1,
    state_reason: 'Built successfully.',
    time_submitted: timeOf(END - id * 1000),
    time_completed: timeOf(END - id * 1000 + 600_000),
    dep_on_id: null,
    event_id: event,
    build_id: 60_000_000 + id,
    build_args: `{"repository": "containers/${name}", "commit": "c0ffee${id}", "original_parent": null, "target": "example-9-containers-candidate", "branch": "example-9", "arches": null, "renewed_odcs_compose_ids": [7001, 7002], "flatpak": false, "isolated": true}`,
    rebuild_reason: 1,
    bundle_pullspec_overrides: null,
    ...fields,
  }
}

/** All rows, a few hundred events at a time. Within an event the n-th build is based on the (n/3)-th. */
export function* freshmakerHistory({ events, names, composes }: HistorySize): Generator<FreshmakerRows> {
  yield {
    users: ['root', 'han_solo', 'tom_hanks'].map((username, index) => ({ id: index + 1, username })),
    composes: Array.from({ length: composes }, (_, n) => ({ id: n + 1, odcs_compose_id: 7001 + n })),
  }
  let buildId = 0
  for (let first = 1; first <= events; first += EVENTS_AT_ONCE) {
    const last = Math.min(events, first + EVENTS_AT_ONCE - 1)
    const rows = {
      events: [],
      artifact_builds: [],
      artifact_build_composes: [],
      event_dependencies: [],
    } as Record<string, FreshmakerRow[]> // filled below
    for (let event = first; event <= last; event += 1) {
      rows['events']?.push(freshmakerEvent(event))
      if (event % 10 === 0)
        rows['event_dependencies']?.push({ id: event / 10, event_id: event, event_dependency_id: event - 1 })
      const before = buildId
      for (let n = 1; n <= buildCount(event); n += 1) {
        buildId += 1
        const name = `image-${(n * 37 + event * 11) % names}-container`
        const original = `${name}-1.0-${event}-${n}`
        rows['artifact_builds']?.push(
          freshmakerBuild(buildId, event, {
            name,
            original_nvr: original,
            rebuilt_nvr: `${original}.1763700000`,
            state: buildId % 20 === 0 ? 2 : 1,
            dep_on_id: n > 1 ? before + Math.max(1, Math.floor(n / 3)) : null,
            rebuild_reason: n > 1 ? 2 : 1,
          }),
        )
        if (buildId % 5 === 0 && composes > 0)
          rows['artifact_build_composes']?.push({ build_id: buildId, compose_id: 1 + (buildId % composes) })
      }
    }
    yield rows
  }
}

/** A time as Python writes it, with microseconds. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '250')
}
