/** Table `outbox`: every message out, written in the transaction of the state change it reports. */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from '../event.ts'

/** Columns, indexes and constraints. */
export const OutboxMessageSchema = defineEntity({
  name: 'OutboxMessage',
  tableName: 'outbox',
  indexes: [
    {
      name: 'outbox_unpublished_index',
      expression:
        'create index "outbox_unpublished_index" on "outbox" ("event_id", "id") where "published_at" is null',
    },
    { name: 'outbox_published_at_index', properties: ['publishedAt'] },
  ],
  properties: {
    id: p.bigint('number').primary(),
    event: () => p.manyToOne(Event).mapToPk().nullable().deleteRule('cascade'),
    /** Topic without the configured prefix, e.g. `event.state.changed`. */
    topic: p.text(),
    payload: p.json<unknown>(),
    createdAt: p.datetime().defaultRaw('now()'),
    publishedAt: p.datetime().nullable(),
    attempts: p.integer().default(0),
    lastError: p.text().nullable(),
  },
})

/** A message to send; its id makes the AMQP message id, so a consumer can drop a repeat. */
export class OutboxMessage extends OutboxMessageSchema.class {}
OutboxMessageSchema.setClass(OutboxMessage)
