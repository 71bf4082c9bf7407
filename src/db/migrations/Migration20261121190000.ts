import { Migration } from '@mikro-orm/migrations'

export class Migration20261121190000 extends Migration {
  override name = 'Migration20261121190000'

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
      `create table "build_counts" ("id" bigserial primary key, "event_type_id" int null, "type" int null, "state" int not null, "builds" int not null);`,
    )
    this.addSql(`insert into build_counts (event_type_id, type, state, builds)
      select e.event_type_id, b.type, b.state, count(*) from artifact_builds b left join events e on e.id = b.event_id
      group by e.event_type_id, b.type, b.state;`)
    this.addSql(`create or replace function "events_detach_builds_fn"() returns trigger as $$ begin
      update artifact_builds set event_id = null where event_id = old.id; return old;
    end; $$ language plpgsql;`)
    this.addSql(
      `create trigger "detach_builds" before delete on "events" for each row execute function "events_detach_builds_fn"();`,
    )
    this.addSql(`create or replace function artifact_builds_count_added_fn() returns trigger language plpgsql as $$ begin
      insert into build_counts (event_type_id, type, state, builds)
        select b.event_type_id, b.type, b.state, sum(b.one) from (
          select e.event_type_id, t.type, t.state, 1 as one from added t left join events e on e.id = t.event_id
        ) b group by b.event_type_id, b.type, b.state having sum(b.one) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_added after insert on artifact_builds
      referencing new table as added for each statement execute function artifact_builds_count_added_fn();`)
    this.addSql(`create or replace function artifact_builds_count_changed_fn() returns trigger language plpgsql as $$ begin
      insert into build_counts (event_type_id, type, state, builds)
        select b.event_type_id, b.type, b.state, sum(b.one) from (
          select e.event_type_id, t.type, t.state, 1 as one from added t left join events e on e.id = t.event_id
          union all
          select e.event_type_id, t.type, t.state, -1 as one from removed t left join events e on e.id = t.event_id
        ) b group by b.event_type_id, b.type, b.state having sum(b.one) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_changed after update on artifact_builds
      referencing old table as removed new table as added
      for each statement execute function artifact_builds_count_changed_fn();`)
    this.addSql(`create or replace function artifact_builds_count_removed_fn() returns trigger language plpgsql as $$ begin
      insert into build_counts (event_type_id, type, state, builds)
        select b.event_type_id, b.type, b.state, sum(b.one) from (
          select e.event_type_id, t.type, t.state, -1 as one from removed t left join events e on e.id = t.event_id
        ) b group by b.event_type_id, b.type, b.state having sum(b.one) <> 0;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_removed after delete on artifact_builds
      referencing old table as removed for each statement execute function artifact_builds_count_removed_fn();`)
    this.addSql(`create or replace function artifact_builds_count_none_fn() returns trigger language plpgsql as $$ begin
      delete from build_counts;
      return null;
    end $$;`)
    this.addSql(`create or replace trigger count_none after truncate on artifact_builds
      for each statement execute function artifact_builds_count_none_fn();`)
  }

  override down(): void | Promise<void> {
    this.addSql(`drop trigger "detach_builds" on "events";`)
    this.addSql(`drop function "events_detach_builds_fn"();`)
    for (const trigger of ['count_added', 'count_changed', 'count_removed', 'count_none']) {
      this.addSql(`drop trigger "${trigger}" on "artifact_builds";`)
      this.addSql(`drop function "artifact_builds_${trigger}_fn"();`)
    }
    this.addSql(`drop table "build_counts";`)
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
