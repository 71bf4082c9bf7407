import { Migration } from '@mikro-orm/migrations'

export class Migration20261121193000 extends Migration {
  override name = 'Migration20261121193000'

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "counters" add column if not exists "created_at" timestamptz not null default now();`,
    )
    this.addSql(
      `create index "events_event_type_id_state_id_index" on "events" ("event_type_id", "state", "id");`,
    )
    for (const column of ['build_id', 'dep_on_id', 'original_nvr', 'rebuilt_nvr']) {
      this.addSql(`drop index if exists "artifact_builds_${column}_index";`)
      this.addSql(
        `create index if not exists "artifact_builds_${column}_id_index" on "artifact_builds" ("${column}", "id");`,
      )
    }
    this.addSql(
      `create index if not exists "artifact_builds_event_id_id_index" on "artifact_builds" ("event_id", "id");`,
    )

    this.addSql(
      `create table "row_counts" ("id" bigserial primary key, "counted" text not null, "event_type_id" int null, "type" int null, "state" int not null, "amount" int not null);`,
    )
    this.addSql(`insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, 1 as amount from events c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;`)
    this.addSql(`create or replace function events_count_insert_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, 1 as amount from added c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_insert after insert on events referencing new table as added
      for each statement execute function events_count_insert_fn();`)
    this.addSql(`create or replace function events_count_update_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, 1 as amount from added c union all select c.event_type_id, null::int as type, c.state, -1 as amount from removed c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_update after update on events referencing old table as removed new table as added
      for each statement execute function events_count_update_fn();`)
    this.addSql(`create or replace function events_count_delete_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, -1 as amount from removed c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_delete after delete on events referencing old table as removed
      for each statement execute function events_count_delete_fn();`)
    this.addSql(`create or replace function events_count_truncate_fn() returns trigger language plpgsql as $$ begin
      delete from row_counts where counted = 'events';
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_truncate after truncate on events 
      for each statement execute function events_count_truncate_fn();`)
    this.addSql(`insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, 1 as amount from artifact_builds c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;`)
    this.addSql(`create or replace function artifact_builds_count_insert_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, 1 as amount from added c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_insert after insert on artifact_builds referencing new table as added
      for each statement execute function artifact_builds_count_insert_fn();`)
    this.addSql(`create or replace function artifact_builds_count_update_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, 1 as amount from added c left join events e on e.id = c.event_id union all select e.event_type_id, c.type, c.state, -1 as amount from removed c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_update after update on artifact_builds referencing old table as removed new table as added
      for each statement execute function artifact_builds_count_update_fn();`)
    this.addSql(`create or replace function artifact_builds_count_delete_fn() returns trigger language plpgsql as $$ begin
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, -1 as amount from removed c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_delete after delete on artifact_builds referencing old table as removed
      for each statement execute function artifact_builds_count_delete_fn();`)
    this.addSql(`create or replace function artifact_builds_count_truncate_fn() returns trigger language plpgsql as $$ begin
      delete from row_counts where counted = 'artifact_builds';
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_truncate after truncate on artifact_builds 
      for each statement execute function artifact_builds_count_truncate_fn();`)
    this.addSql(
      `create or replace function "events_detach_builds_fn"() returns trigger as $$ begin update artifact_builds set event_id = null where event_id = old.id; return old; end; $$ language plpgsql;`,
    )
    this.addSql(
      `create trigger "detach_builds" before delete on "events" for each row execute function "events_detach_builds_fn"();`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`drop trigger "detach_builds" on "events";`)
    this.addSql(`drop function "events_detach_builds_fn"();`)
    for (const table of ['events', 'artifact_builds']) {
      for (const change of ['insert', 'update', 'delete', 'truncate']) {
        this.addSql(`drop trigger "count_${change}" on "${table}";`)
        this.addSql(`drop function "${table}_count_${change}_fn"();`)
      }
    }
    this.addSql(`drop table "row_counts";`)
    this.addSql(`drop index "artifact_builds_event_id_id_index";`)
    this.addSql(`drop index "artifact_builds_rebuilt_nvr_id_index";`)
    for (const column of ['build_id', 'dep_on_id', 'original_nvr']) {
      this.addSql(`drop index "artifact_builds_${column}_id_index";`)
      this.addSql(`create index "artifact_builds_${column}_index" on "artifact_builds" ("${column}");`)
    }
    this.addSql(`drop index "events_event_type_id_state_id_index";`)
    this.addSql(`alter table "counters" drop column "created_at";`)
  }
}
