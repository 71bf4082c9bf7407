/**
 * Table `row_counts`: how many events and builds of each kind there are, kept up to date by triggers.
 * Counting a million builds for the `total` of a list would take longer than reading its page.
 */
import { defineEntity, p } from '@mikro-orm/core'

/** Columns, indexes and constraints. */
export const RowCountSchema = defineEntity({
  name: 'RowCount',
  tableName: 'row_counts',
  properties: {
    id: p.bigint('number').primary(),
    /** The table whose rows are counted. */
    counted: p.text().$type<'events' | 'artifact_builds'>(),
    eventTypeId: p.integer().nullable(),
    /** Null for events. */
    type: p.integer().nullable(),
    state: p.integer(),
    /** What this row adds, negative when rows went away; the sum over all rows of a kind is their number. */
    amount: p.integer(),
  },
})

/** One change of the number of rows of a kind. Rows are only added, so writers never wait for each other. */
export class RowCount extends RowCountSchema.class {}
RowCountSchema.setClass(RowCount)

/** Selects the kind of each row of `changed`, with `sign`1 as `amount`. */
type Kinds = (changed: string, sign: '' | '-') => string

const eventKinds: Kinds = (changed, sign) =>
  `select c.event_type_id, null::int as type, c.state, ${sign}1 as amount from ${changed} c`
const buildKinds: Kinds = (changed, sign) =>
  `select e.event_type_id, c.type, c.state, ${sign}1 as amount from ${changed} c left join events e on e.id = c.event_id`

/** Triggers of `events`. Builds leave a deleted event while its type can still be read, so they are counted right. */
export const EVENT_TRIGGERS = [
  ...countingTriggers('events', eventKinds),
  {
    name: 'detach_builds',
    timing: 'before' as const,
    events: ['delete' as const],
    forEach: 'row' as const,
    body: 'update artifact_builds set event_id = null where event_id = old.id; return old;',
  },
]

/** Triggers of `artifact_builds`. */
export const BUILD_TRIGGERS = countingTriggers('artifact_builds', buildKinds)

/** One trigger for each way of changing rows; each adds what its statement changed, and nothing if that is nothing. */
function countingTriggers(table: string, kinds: Kinds) {
  const add = (changes: string) => `
      insert into row_counts (counted, event_type_id, type, state, amount)
        select '${table}', k.event_type_id, k.type, k.state, sum(k.amount) from (${changes}) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;`
  const added = kinds('added', '')
  const removed = kinds('removed', '-')
  return [
    trigger(table, 'insert', 'referencing new table as added', add(added)),
    trigger(
      table,
      'update',
      'referencing old table as removed new table as added',
      add(`${added} union all ${removed}`),
    ),
    trigger(table, 'delete', 'referencing old table as removed', add(removed)),
    trigger(table, 'truncate', '', `delete from row_counts where counted = '${table}';`),
  ]
}

/** Written out, because the ORM knows no transition tables; safe to repeat, because it never finds the truncate one. */
function trigger(
  table: string,
  change: 'insert' | 'update' | 'delete' | 'truncate',
  tables: string,
  body: string,
) {
  const name = `count_${change}`
  const expression = `
    create or replace function ${table}_${name}_fn() returns trigger language plpgsql as $$ begin ${body}
      return null;
    end $$;
    create or replace trigger ${name} after ${change} on ${table} ${tables}
      for each statement execute function ${table}_${name}_fn()`
  return { name, timing: 'after' as const, events: [change], forEach: 'statement' as const, expression }
}
