/** Table `idempotency_keys`: which event a request with an `Idempotency-Key` opened, so that repeating it opens no other. */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  indexes: [{ name: 'idempotency_keys_created_at_index', properties: ['createdAt'] }],
  properties: {
    /** The requester and the key of the request. */
    key: p.text().primary(),
    /** Of the path and the body: another one under the same key is refused. */
    digest: p.text(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    createdAt: p.datetime(),
  },
})
