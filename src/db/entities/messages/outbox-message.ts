/** Table `outbox`: every message out, written in the transaction of the state change it reports. */
import { defineEntity, p } from '@mikro-orm/core'
import type { Trace } from '../../../domain/message.ts'
import { Event } from '../event.ts'
import { Subject } from '../subject.ts'

/**
 * Adds the position of each new row and wakes those that follow the outbox: one notification for a transaction, because
 * PostgreSQL drops equal ones. A trigger, so that no way of writing a row can forget it.
 */
const ADD_POSITIONS = `
    create or replace function outbox_add_positions_fn() returns trigger language plpgsql as $$ begin
      insert into outbox_positions (outbox_id) select a.id from added a order by a.id;
      perform pg_notify('freshwave_outbox', '');
      return null;
    end $$;
    create trigger add_positions after insert on outbox referencing new table as added
      for each statement execute function outbox_add_positions_fn()`

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
    {
      name: 'outbox_waiting_subject_index',
      expression:
        'create index "outbox_waiting_subject_index" on "outbox" ("subject_id", "id") where "published_at" is null and "subject_id" is not null',
    },
    // Without it, deleting a subject would read the whole table.
    {
      name: 'outbox_subject_index',
      expression:
        'create index "outbox_subject_index" on "outbox" ("subject_id") where "subject_id" is not null',
    },
    {
      name: 'outbox_sent_index',
      expression:
        'create index "outbox_sent_index" on "outbox" ("published_at") where "published_at" is not null',
    },
  ],
  triggers: [
    {
      name: 'add_positions',
      timing: 'after',
      events: ['insert'],
      forEach: 'statement',
      expression: ADD_POSITIONS,
    },
  ],
  properties: {
    id: p.bigint('number').primary(),
    event: () => p.manyToOne(Event).mapToPk().nullable().deleteRule('cascade'),
    /** Set for a message about a decision: those about one subject are sent in order, as are those of one event. */
    subject: () => p.manyToOne(Subject).mapToPk().nullable().deleteRule('set null'),
    /** Topic without the configured prefix, e.g. `event.state.changed`. */
    topic: p.text(),
    payload: p.json<unknown>(),
    /** Application properties; null: none. */
    properties: p.json<Record<string, string>>().nullable(),
    /** The label of its counters: the service whose message led to it. Null: none. */
    handler: p.text().nullable(),
    /** The span of the work that wrote it; null where nothing is traced. */
    trace: p.json<Trace>().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    publishedAt: p.datetime().nullable(),
    attempts: p.integer().default(0),
    lastError: p.text().nullable(),
  },
})

/** A message to send; its id makes the AMQP message id, so a consumer can drop a repeat. */
export class OutboxMessage extends OutboxMessageSchema.class {}
OutboxMessageSchema.setClass(OutboxMessage)
