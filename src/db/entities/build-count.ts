/**
 * Table `build_counts`: how many builds there are of each kind, kept up to date by triggers.
 * Counting a million builds for the `total` of a list takes longer than reading the page.
 */
import { defineEntity, p } from '@mikro-orm/core'

export const BuildCountSchema = defineEntity({
  name: 'BuildCount',
  tableName: 'build_counts',
  properties: {
    id: p.bigint('number').primary(),
    eventTypeId: p.integer().nullable(),
    type: p.integer().nullable(),
    state: p.integer(),
    /** Added by this row, negative when builds went away; the sum over all rows of a kind is their number. */
    builds: p.integer(),
  },
})

/** One change of the number of builds of a kind. Rows are only added, so writers never wait for each other. */
export class BuildCount extends BuildCountSchema.class {}
BuildCountSchema.setClass(BuildCount)

const KINDS = 'b.event_type_id, b.type, b.state'
const withEventType = (table: string, sign: string) =>
  `select e.event_type_id, t.type, t.state, ${sign}1 as one from ${table} t left join events e on e.id = t.event_id`

/** A trigger that adds the change one statement made; unchanged kinds leave no row. */
const countingTrigger = (name: string, when: string, tables: string, changes: string) => `
  create or replace function artifact_builds_${name}_fn() returns trigger language plpgsql as $$ begin
    insert into build_counts (event_type_id, type, state, builds)
      select ${KINDS}, sum(b.one) from (${changes}) b group by ${KINDS} having sum(b.one) <> 0;
    return null;
  end $$;
  create or replace trigger ${name} after ${when} on artifact_builds
    referencing ${tables} for each statement execute function artifact_builds_${name}_fn()`

const ADDED = withEventType('added', '')
const REMOVED = withEventType('removed', '-')

/** Triggers of `artifact_builds`. */
export const BUILD_COUNT_TRIGGERS = [
  {
    name: 'count_added',
    timing: 'after' as const,
    events: ['insert' as const],
    forEach: 'statement' as const,
    expression: countingTrigger('count_added', 'insert', 'new table as added', ADDED),
  },
  {
    name: 'count_changed',
    timing: 'after' as const,
    events: ['update' as const],
    forEach: 'statement' as const,
    expression: countingTrigger(
      'count_changed',
      'update',
      'old table as removed new table as added',
      `${ADDED} union all ${REMOVED}`,
    ),
  },
  {
    name: 'count_removed',
    timing: 'after' as const,
    events: ['delete' as const],
    forEach: 'statement' as const,
    expression: countingTrigger('count_removed', 'delete', 'old table as removed', REMOVED),
  },
  {
    name: 'count_none',
    timing: 'after' as const,
    events: ['truncate' as const],
    forEach: 'statement' as const,
    // Written out, because the ORM does not find such a trigger in the database and would make it again.
    expression: `
  create or replace function artifact_builds_count_none_fn() returns trigger language plpgsql as $$ begin
    delete from build_counts;
    return null;
  end $$;
  create or replace trigger count_none after truncate on artifact_builds
    for each statement execute function artifact_builds_count_none_fn()`,
  },
]

/** Triggers of `events`: builds leave a deleted event while its type can still be read, so that they are counted right. */
export const EVENT_TRIGGERS = [
  {
    name: 'detach_builds',
    timing: 'before' as const,
    events: ['delete' as const],
    forEach: 'row' as const,
    body: 'update artifact_builds set event_id = null where event_id = old.id; return old;',
  },
]
