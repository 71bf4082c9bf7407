/**
 * Tables `row_blocks` and `row_counts`: how many events and builds of each kind there are, kept up to date by triggers.
 * Counting a million builds for the `total` of a list, or to find a page in its middle, would take longer than reading the page.
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

/** One change of the number of rows of a kind. Read by the previous release alone (decision 0057); `row_blocks` has the same and more. */
export class RowCount extends RowCountSchema.class {}
RowCountSchema.setClass(RowCount)

/** Ids whose other bits are equal are in one block: the number of a row is found by the sums of the blocks before its own. */
export const BLOCK_BITS = 14

/** Columns, indexes and constraints. */
export const RowBlockSchema = defineEntity({
  name: 'RowBlock',
  tableName: 'row_blocks',
  properties: {
    id: p.bigint('number').primary(),
    /** The table whose rows are counted. */
    counted: p.text().$type<'events' | 'artifact_builds'>(),
    eventTypeId: p.integer().nullable(),
    /** Null for events. */
    type: p.integer().nullable(),
    state: p.integer(),
    /** The id without its last `BLOCK_BITS` bits. */
    block: p.integer(),
    /** What this row adds, negative when rows went away; the sum over all rows of a kind and block is their number. */
    amount: p.integer(),
  },
})

/** One change of the number of rows of a kind in a block. Rows are only added, so writers never wait for each other. */
export class RowBlock extends RowBlockSchema.class {}
RowBlockSchema.setClass(RowBlock)

/** Selects the kind and the block of each row of `changed`, with `sign`1 as `amount`. */
type Kinds = (changed: string, sign: '' | '-') => string

const eventKinds: Kinds = (changed, sign) =>
  `select c.event_type_id, null::int as type, c.state, c.id >> ${BLOCK_BITS} as block, ${sign}1 as amount from ${changed} c`
const buildKinds: Kinds = (changed, sign) =>
  `select e.event_type_id, c.type, c.state, c.id >> ${BLOCK_BITS} as block, ${sign}1 as amount
     from ${changed} c left join events e on e.id = c.event_id`

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
      with changes as (
        select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (${changes}) k
         group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
        insert into row_blocks (counted, event_type_id, type, state, block, amount)
          select '${table}', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
        select '${table}', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
        group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;`
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
    trigger(
      table,
      'truncate',
      '',
      `delete from row_blocks where counted = '${table}'; delete from row_counts where counted = '${table}';`,
    ),
  ]
}

/**
 * Written out, because the ORM knows no transition tables; safe to repeat, because it never finds the truncate one. PostgreSQL 13 cannot
 * replace triggers.
 */
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
    drop trigger if exists ${name} on ${table};
    create trigger ${name} after ${change} on ${table} ${tables}
      for each statement execute function ${table}_${name}_fn()`
  return { name, timing: 'after' as const, events: [change], forEach: 'statement' as const, expression }
}
