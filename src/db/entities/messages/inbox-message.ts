/** Table `inbox`: every message taken from the bus, written before it is accepted at the broker. */
import { defineEntity, type InferEntity, p } from '@mikro-orm/core'
import type { Trace } from '../../../domain/message.ts'
import { Event } from '../event.ts'
import { Subject } from '../subject.ts'

/** `new` until it is handled; then what became of it. */
export const INBOX_STATES = ['new', 'done', 'ignored', 'failed'] as const
export type InboxState = (typeof INBOX_STATES)[number]

/** Columns, indexes and constraints. */
export const InboxMessageSchema = defineEntity({
  name: 'InboxMessage',
  tableName: 'inbox',
  indexes: [
    // Few messages open an event or name a subject, and each index has to be written twice for a message.
    {
      name: 'inbox_event_index',
      expression: 'create index "inbox_event_index" on "inbox" ("event_id") where "event_id" is not null',
    },
    {
      name: 'inbox_subject_index',
      expression:
        'create index "inbox_subject_index" on "inbox" ("subject_id") where "subject_id" is not null',
    },
    { name: 'inbox_state_received_at_index', properties: ['state', 'receivedAt'] },
    { name: 'inbox_received_at_index', properties: ['receivedAt'] },
    {
      name: 'inbox_waiting_subject_index',
      expression:
        'create index "inbox_waiting_subject_index" on "inbox" ("subject_id", "id") where "state" = \'new\' and "subject_id" is not null',
    },
    {
      name: 'inbox_shipped_index',
      expression:
        'create index "inbox_shipped_index" on "inbox" ("received_at") where "meaning" ->> \'kind\' = \'advisory-shipped\'',
    },
    {
      name: 'inbox_ended_task_index',
      expression:
        'create index "inbox_ended_task_index" on "inbox" (("meaning" ->> \'taskId\')) where "meaning" ->> \'kind\' = \'task-ended\'',
    },
  ],
  checks: [{ name: 'inbox_state_known', expression: "state in ('new', 'done', 'ignored', 'failed')" }],
  properties: {
    id: p.bigint('number').primary(),
    messageId: p.text().unique('inbox_message_id_unique'),
    topic: p.text(),
    /** The bytes as they came: rubbish must fit too, so nothing is decoded before it is stored. */
    body: p.blob(),
    /** Application properties of the message, text values only. */
    properties: p.json<Record<string, string>>(),
    /** What the parser of its topic read out of it (domain/message); null when ignored or failed. */
    meaning: p.json<unknown>().nullable(),
    /** The span that received it, which all that follows belongs to; null where nothing is traced. */
    trace: p.json<Trace>().nullable(),
    receivedAt: p.datetime().defaultRaw('now()'),
    state: p.text().$type<InboxState>().default('new'),
    /** Why it was ignored or failed; null while new and when it led to something. */
    reason: p.text().nullable(),
    attempts: p.integer().default(0),
    event: () => p.manyToOne(Event).mapToPk().nullable().deleteRule('set null'),
    /** Set when a message about a result or a waiver was understood: a decision on the subject is due while it is `new`. */
    subject: () => p.manyToOne(Subject).mapToPk().nullable().deleteRule('set null'),
  },
})

/** A message from the bus and what became of it. */
export class InboxMessage extends InboxMessageSchema.class {}
InboxMessageSchema.setClass(InboxMessage)

/** A row as read. */
export type InboxRow = InferEntity<typeof InboxMessageSchema>
