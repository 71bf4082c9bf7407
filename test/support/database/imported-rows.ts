/** Rows as the import judges them, with defaults. */
import type { BuildRow, EventRow } from '../../../src/domain/import/rows.ts'

/** An event that has ended. */
export function importedEvent(fields: Partial<EventRow> = {}): EventRow {
  return {
    id: 1,
    messageId: 'm1',
    searchKey: '1',
    eventTypeId: 8,
    released: true,
    state: 'COMPLETE',
    stateReason: 'ended',
    timeCreated: '2026-01-01T00:00:00Z',
    timeDone: '2026-01-02T00:00:00Z',
    dryRun: false,
    requester: null,
    requestedRebuilds: null,
    requesterMetadata: null,
    manualTriggered: false,
    ...fields,
  }
}

/** A build that is DONE. */
export function importedBuild(fields: Partial<BuildRow> = {}): BuildRow {
  return {
    id: 1,
    name: 'a',
    originalNvr: 'a-1-1',
    rebuiltNvr: 'a-1-1.1',
    type: 1,
    state: 'DONE',
    stateReason: 'Built successfully.',
    timeSubmitted: '2026-01-01T00:00:00Z',
    timeCompleted: '2026-01-02T00:00:00Z',
    depOnId: null,
    eventId: 1,
    taskId: 10,
    buildArgs: null,
    rebuildReason: 1,
    bundlePullspecOverrides: null,
    retryCount: 0,
    target: null,
    verificationNote: null,
    ...fields,
  }
}
