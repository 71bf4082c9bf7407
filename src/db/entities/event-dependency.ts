/** Table `event_dependencies`: which event waits for, and reuses the builds of, which (behaviour/freshmaker 1.3, 1.7). */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const EventDependencySchema = defineEntity({
  name: 'EventDependency',
  tableName: 'event_dependencies',
  uniques: [{ name: 'idx_event_dependency_rel', properties: ['event', 'eventDependency'] }],
  properties: {
    id: p.integer().primary().autoincrement(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    eventDependency: () => p.manyToOne(Event).mapToPk().deleteRule('cascade').index(),
  },
})

/** `event` is the dependent, `eventDependency` the one depended on. */
export class EventDependency extends EventDependencySchema.class {}
EventDependencySchema.setClass(EventDependency)
