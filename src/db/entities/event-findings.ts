/** Tables `event_findings` and `event_advisories`: what discovery found out for planning, and what people search advisories by. */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const EventFindingsSchema = defineEntity({
  name: 'EventFindings',
  tableName: 'event_findings',
  properties: {
    event: () => p.manyToOne(Event).primary().mapToPk().deleteRule('cascade'),
    findings: p.json<unknown>(),
    /** NVRs the event's advisory fixes, apart from the findings: read for each finished build. */
    fixedRpms: p.json<string[]>(),
    gatheredAt: p.datetime().defaultRaw('now()'),
  },
})

/** The stored findings; `findings` is what the event's handler gathered, parsed again by the handler that reads it. */
export class EventFindings extends EventFindingsSchema.class {}
EventFindingsSchema.setClass(EventFindings)

/** Columns, indexes and constraints. */
export const EventAdvisorySchema = defineEntity({
  name: 'EventAdvisory',
  tableName: 'event_advisories',
  indexes: [
    {
      name: 'event_advisories_cves_index',
      expression: 'create index "event_advisories_cves_index" on "event_advisories" using gin ("cves")',
    },
    {
      name: 'event_advisories_name_index',
      expression: `create index "event_advisories_name_index" on "event_advisories" (regexp_replace("name", '-[0-9]{2}$', ''))`,
    },
  ],
  properties: {
    event: () => p.manyToOne(Event).primary().mapToPk().deleteRule('cascade'),
    name: p.text(),
    /** Lower case: `critical`, `important`, `moderate`, `low`, `none`. */
    severity: p.text(),
    cves: p.array().default([]),
    /** Null: not shipped, or not known when. */
    shippedAt: p.datetime().nullable(),
  },
})

/** The advisory of an event, as discovery read it; events that were not discovered here have none. */
export class EventAdvisory extends EventAdvisorySchema.class {}
EventAdvisorySchema.setClass(EventAdvisory)
