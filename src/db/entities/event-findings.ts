/** Table `event_findings`: what discovery learned for an event, so that planning is pure and can be repeated. */
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
