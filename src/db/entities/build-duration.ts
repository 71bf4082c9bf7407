/** Table `build_durations`: how long successful builds of a name took, for ordering the next ones. */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const BuildDurationSchema = defineEntity({
  name: 'BuildDuration',
  tableName: 'build_durations',
  indexes: [{ name: 'build_durations_name_recorded_at_index', properties: ['name', 'recordedAt'] }],
  properties: {
    id: p.bigint('number').primary(),
    name: p.text(),
    seconds: p.integer(),
    recordedAt: p.datetime().defaultRaw('now()'),
  },
})

/** One measured build: from the moment the build system took the task to its end. */
export class BuildDuration extends BuildDurationSchema.class {}
BuildDurationSchema.setClass(BuildDuration)
