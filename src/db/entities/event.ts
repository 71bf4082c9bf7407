/** Tables `events`, `event_dependencies` (whose builds each reuses) and `idempotency_keys` of requests (behaviour/freshmaker 1.3, 1.7, 3.4). */
import { defineEntity, type InferEntity, p } from '@mikro-orm/core'
import type { Trace } from '../../domain/message.ts'
import type { Resumption } from '../../domain/rebuild/plan/choose-resumed.ts'
import { EVENT_TRIGGERS } from './row-count.ts'

/** Columns, indexes and constraints. */
export const EventSchema = defineEntity({
  name: 'Event',
  tableName: 'events',
  indexes: [
    { name: 'events_search_key_index', properties: ['searchKey'] },
    { name: 'events_state_id_index', properties: ['state', 'id'] },
    { name: 'events_event_type_id_id_index', properties: ['eventTypeId', 'id'] },
    { name: 'events_event_type_id_state_id_index', properties: ['eventTypeId', 'state', 'id'] },
    { name: 'events_requester_index', properties: ['requester'] },
  ],
  checks: [{ name: 'events_state_known', expression: '(state >= 0) AND (state <= 5)' }],
  triggers: EVENT_TRIGGERS,
  properties: {
    id: p.integer().primary().autoincrement(),
    messageId: p.text().unique('idx_event_message_id'),
    searchKey: p.text(),
    eventTypeId: p.integer(),
    released: p.boolean().nullable().default(true),
    state: p.integer().default(0),
    stateReason: p.text().nullable(),
    timeCreated: p.datetime().nullable().defaultRaw('now()'),
    timeDone: p.datetime().nullable(),
    dryRun: p.boolean().nullable().default(false),
    requester: p.text().nullable(),
    requestedRebuilds: p.text().nullable(),
    requesterMetadata: p.text().nullable(),
    manualTriggered: p.boolean().nullable().default(false),
    /** Set for a request for images by name. */
    distGitBranch: p.text().nullable(),
    /** Set for a request for images by name; null: the target of the original build. */
    brewTarget: p.text().nullable(),
    /** The span of the work that opened it; null where nothing is traced. */
    trace: p.json<Trace>().nullable(),
  },
})

/** A rebuild event; `state` and `eventTypeId` are the ids of behaviour/freshmaker 1.1 and 1.2. */
export class Event extends EventSchema.class {}
EventSchema.setClass(Event)

/** A row as read. */
export type EventRow = InferEntity<typeof EventSchema>

/** Columns, indexes and constraints. */
export const EventDependencySchema = defineEntity({
  name: 'EventDependency',
  tableName: 'event_dependencies',
  uniques: [{ name: 'idx_event_dependency_rel', properties: ['event', 'eventDependency'] }],
  properties: {
    id: p.integer().primary().autoincrement(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    eventDependency: () => p.manyToOne(Event).mapToPk().deleteRule('cascade').index(),
    /** What the event plans again when it resumes the other one; null: it only uses what is DONE there. */
    resumption: p.json<Resumption>().nullable(),
  },
})

/** `event` is the dependent, `eventDependency` the one depended on. */
export class EventDependency extends EventDependencySchema.class {}
EventDependencySchema.setClass(EventDependency)

/** Which event a request with an `Idempotency-Key` opened, so that repeating it opens no other. */
export const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  indexes: [{ name: 'idempotency_keys_created_at_index', properties: ['createdAt'] }],
  properties: {
    /** The requester and the key of the request. */
    key: p.text().primary(),
    /** Digest of path and body: another request under the same key is refused. */
    digest: p.text(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    createdAt: p.datetime(),
  },
})
