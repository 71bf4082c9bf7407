/** Tables `build_durations`, `event_forecasts` and `current_forecasts`: how long builds took, and when events were expected to end. */
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const BuildDurationSchema = defineEntity({
  name: 'BuildDuration',
  tableName: 'build_durations',
  indexes: [{ name: 'build_durations_name_recorded_at_index', properties: ['name', 'recordedAt'] }],
  properties: {
    id: p.bigint('number').primary(),
    name: p.text(),
    /** Where it was built; null: not known. */
    target: p.text().nullable(),
    seconds: p.integer(),
    recordedAt: p.datetime().defaultRaw('now()'),
  },
})

/** One measured build: from the moment the build system took the task to its end. */
export class BuildDuration extends BuildDurationSchema.class {}
BuildDurationSchema.setClass(BuildDuration)

/** Columns, indexes and constraints. */
export const EventForecastSchema = defineEntity({
  name: 'EventForecast',
  tableName: 'event_forecasts',
  indexes: [{ name: 'event_forecasts_event_at_index', properties: ['event', 'at'] }],
  properties: {
    id: p.bigint('number').primary(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    at: p.datetime(),
    p50: p.datetime(),
    p90: p.datetime(),
    /** Share of the event's work (0 to 1) that was done at `at`. */
    workDone: p.double(),
  },
})

/** When an event was expected to end, stored when that changed; at most one row a minute for each event. */
export class EventForecast extends EventForecastSchema.class {}
EventForecastSchema.setClass(EventForecast)

/** Columns, indexes and constraints. */
export const CurrentForecastSchema = defineEntity({
  name: 'CurrentForecast',
  tableName: 'current_forecasts',
  properties: {
    event: () => p.manyToOne(Event).primary().mapToPk().deleteRule('cascade'),
    at: p.datetime(),
    parallelism: p.integer().nullable(),
    /** The expected times of the event and of its builds. */
    forecast: p.json(),
  },
})

/** The last forecast of an event in full, for those who read it. */
export class CurrentForecast extends CurrentForecastSchema.class {}
CurrentForecastSchema.setClass(CurrentForecast)
