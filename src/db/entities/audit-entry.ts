/** Table `audit`: every request for a change, whether it was carried out or not (decision 0028). */
import { defineEntity, p } from '@mikro-orm/core'
import type { AuditAction, AuditOutcome, RequestOrigin } from '../../domain/audit.ts'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit',
  indexes: [
    { name: 'audit_at_index', properties: ['at'] },
    // The list is in the order of ids; each of these filters leaves few of many rows.
    { name: 'audit_who_id_index', properties: ['who', 'id'] },
    { name: 'audit_subject_id_index', properties: ['subject', 'id'] },
  ],
  properties: {
    id: p.bigint('number').primary(),
    at: p.datetime().defaultRaw('now()'),
    who: p.text().nullable(),
    credential: p.text(),
    door: p.text().$type<RequestOrigin['from']['door']>(),
    address: p.text().nullable(),
    /** Null for a request that may have several rows, or that is never repeated. */
    request: p.uuid().nullable().unique('audit_request_unique'),
    action: p.text().$type<AuditAction>(),
    subject: p.text().nullable(),
    outcome: p.text().$type<AuditOutcome>(),
    detail: p.text().nullable(),
    event: () => p.manyToOne(Event).mapToPk().nullable().deleteRule('set null').index(),
  },
})

/** A request for a change, and what became of it. */
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry)
