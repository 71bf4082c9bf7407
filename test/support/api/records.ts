/** Records as the queries return them, for tests of the presenters. */
import type { BuildRecord } from '../../../src/db/queries/records/build-rows.ts'
import type { EventRecord } from '../../../src/db/queries/records/event-rows.ts'

/** A build that is done. */
export function buildRecord(fields: Partial<BuildRecord> = {}): BuildRecord {
  return {
    id: 21837,
    name: 'httpd-container',
    originalNvr: 'httpd-container-2.4-1',
    rebuiltNvr: 'httpd-container-2.4-1.1561731291',
    type: 1,
    state: 1,
    stateReason: 'Built successfully.',
    timeSubmitted: new Date('2019-06-28T14:14:51.999Z'),
    timeCompleted: new Date('2019-06-29T03:28:56Z'),
    depOnId: 21657,
    depOnName: 'fedora-30-container',
    eventId: 16730,
    buildId: 22429387,
    buildArgs: '{"target": "f30", "branch": "f30"}',
    rebuildReason: 1,
    odcsComposeIds: [12, 7],
    ...fields,
  }
}

/** An event that failed. */
export function eventRecord(fields: Partial<EventRecord> = {}): EventRecord {
  return {
    id: 18730,
    messageId: 'message_123',
    searchKey: '44637',
    eventTypeId: 10,
    state: 3,
    stateReason: 'All 4 container images failed to rebuild.',
    timeCreated: new Date('2019-08-01T07:00:46.123Z'),
    timeDone: new Date('2019-08-01T07:03:12Z'),
    dryRun: false,
    requester: null,
    requestedRebuilds: null,
    requesterMetadata: null,
    traceId: null,
    dependsOnEvents: [],
    dependingEvents: [],
    ...fields,
  }
}
