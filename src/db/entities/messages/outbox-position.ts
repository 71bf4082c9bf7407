/**
 * Table `outbox_positions`: the order in which readers of the outbox see its rows (docs/decisions/0036). The ids of the outbox
 * itself do not give one: a transaction that began earlier may commit later.
 */
import { defineEntity, p } from '@mikro-orm/core'
import { OutboxMessage } from './outbox-message.ts'

/** Columns, indexes and constraints. */
export const OutboxPositionSchema = defineEntity({
  name: 'OutboxPosition',
  tableName: 'outbox_positions',
  indexes: [
    {
      name: 'outbox_positions_waiting_index',
      expression:
        'create index "outbox_positions_waiting_index" on "outbox_positions" ("id") where "position" is null',
    },
    {
      name: 'outbox_positions_deleted_index',
      expression:
        'create index "outbox_positions_deleted_index" on "outbox_positions" ("position") where "outbox_id" is null',
    },
  ],
  properties: {
    id: p.bigint('number').primary(),
    /** Null: the row of the outbox has been deleted. */
    outbox: () => p.manyToOne(OutboxMessage).mapToPk().nullable().unique().deleteRule('set null'),
    /** Given out in steps of 1 after the row was committed; null until then. */
    position: p.bigint('number').nullable().unique(),
  },
})

/** The place of a row of the outbox; a trigger adds it with the row. */
export class OutboxPosition extends OutboxPositionSchema.class {}
OutboxPositionSchema.setClass(OutboxPosition)
