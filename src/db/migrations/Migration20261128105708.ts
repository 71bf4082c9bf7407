/** How many rows of each kind have ids in each block, for pages in the middle of long lists. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128105708 extends Migration {
  override name = 'Migration20261128105708'

  override up(): void {
    this.addSql(
      `create table "row_blocks" ("id" bigserial primary key, "counted" text not null, "event_type_id" int null, "type" int null, "state" int not null, "block" int not null, "amount" int not null);`,
    )
    // Nothing may change between the count and the first row that a trigger adds; readers go on.
    this.addSql(`lock table "events", "artifact_builds" in share row exclusive mode;`)
    this.addSql(`insert into row_blocks (counted, event_type_id, state, block, amount)
      select 'events', event_type_id, state, id >> 14, count(*) from events group by 2, 3, 4;`)
    this.addSql(`insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'artifact_builds', e.event_type_id, b.type, b.state, b.id >> 14, count(*)
        from artifact_builds b left join events e on e.id = b.event_id group by 2, 3, 4, 5;`)
    // The functions of the triggers write both tables: the previous release reads row_counts.
    this.addSql(`create or replace function events_count_insert_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select c.event_type_id, null::int as type, c.state, c.id >> 14 as block, 1 as amount from added c) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'events', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'events', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function events_count_update_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select c.event_type_id, null::int as type, c.state, c.id >> 14 as block, 1 as amount from added c union all select c.event_type_id, null::int as type, c.state, c.id >> 14 as block, -1 as amount from removed c) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'events', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'events', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function events_count_delete_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select c.event_type_id, null::int as type, c.state, c.id >> 14 as block, -1 as amount from removed c) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'events', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'events', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function events_count_truncate_fn() returns trigger language plpgsql as $$ begin delete from row_blocks where counted = 'events'; delete from row_counts where counted = 'events';
      return null;
      end $$;`)
    this.addSql(`create or replace function artifact_builds_count_insert_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select e.event_type_id, c.type, c.state, c.id >> 14 as block, 1 as amount
      from added c left join events e on e.id = c.event_id) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function artifact_builds_count_update_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select e.event_type_id, c.type, c.state, c.id >> 14 as block, 1 as amount
      from added c left join events e on e.id = c.event_id union all select e.event_type_id, c.type, c.state, c.id >> 14 as block, -1 as amount
      from removed c left join events e on e.id = c.event_id) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function artifact_builds_count_delete_fn() returns trigger language plpgsql as $$ begin
      with changes as (
      select k.event_type_id, k.type, k.state, k.block, sum(k.amount) as amount from (select e.event_type_id, c.type, c.state, c.id >> 14 as block, -1 as amount
      from removed c left join events e on e.id = c.event_id) k
      group by k.event_type_id, k.type, k.state, k.block having sum(k.amount) <> 0),
      blocks as (
      insert into row_blocks (counted, event_type_id, type, state, block, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, c.block, c.amount from changes c)
      insert into row_counts (counted, event_type_id, type, state, amount)
      select 'artifact_builds', c.event_type_id, c.type, c.state, sum(c.amount) from changes c
      group by c.event_type_id, c.type, c.state having sum(c.amount) <> 0;
      return null;
      end $$;`)
    this.addSql(`create or replace function artifact_builds_count_truncate_fn() returns trigger language plpgsql as $$ begin delete from row_blocks where counted = 'artifact_builds'; delete from row_counts where counted = 'artifact_builds';
      return null;
      end $$;`)
  }

  override down(): void {
    throw new Error('The functions of the triggers write row_blocks; restore a backup to go back.')
  }
}
