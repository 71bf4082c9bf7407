/** The tables of the first release. It cannot be reverted: a mistake is fixed by a further migration. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261121000000 extends Migration {
  override name = 'Migration20261121000000'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "build_durations" ("id" bigserial primary key, "name" text not null, "seconds" int not null, "recorded_at" timestamptz not null default now());`,
    )
    this.addSql(
      `create index "build_durations_name_recorded_at_index" on "build_durations" ("name", "recorded_at");`,
    )

    this.addSql(
      `create table "composes" ("id" serial primary key, "odcs_compose_id" int not null, "state" int null, "state_reason" text null);`,
    )
    this.addSql(`alter table "composes" add constraint "idx_odcs_compose_id" unique ("odcs_compose_id");`)

    this.addSql(
      `create table "counters" ("name" text not null, "value" bigint not null default '0', "created_at" timestamptz not null default now(), primary key ("name"));`,
    )

    this.addSql(
      `create table "events" ("id" serial primary key, "message_id" text not null, "search_key" text not null, "event_type_id" int not null, "released" boolean null default true, "state" int not null default 0, "state_reason" text null, "time_created" timestamptz null default now(), "time_done" timestamptz null, "dry_run" boolean null default false, "requester" text null, "requested_rebuilds" text null, "requester_metadata" text null, "manual_triggered" boolean null default false);`,
    )
    this.addSql(`alter table "events" add constraint "idx_event_message_id" unique ("message_id");`)
    this.addSql(`create index "events_search_key_index" on "events" ("search_key");`)
    this.addSql(`create index "events_state_id_index" on "events" ("state", "id");`)
    this.addSql(`create index "events_event_type_id_id_index" on "events" ("event_type_id", "id");`)
    this.addSql(
      `create index "events_event_type_id_state_id_index" on "events" ("event_type_id", "state", "id");`,
    )
    this.addSql(`create index "events_requester_index" on "events" ("requester");`)

    this.addSql(
      `create table "considered_images" ("id" bigserial primary key, "event_id" int not null, "nvr" text not null, "outcome" text not null, "rule" text not null, "reason" text not null, "details" jsonb null);`,
    )
    this.addSql(
      `alter table "considered_images" add constraint "considered_images_event_nvr_unique" unique ("event_id", "nvr");`,
    )

    this.addSql(
      `create table "compose_requests" ("id" serial primary key, "event_id" int not null, "key" text not null, "need" jsonb not null, "compose_id" int null);`,
    )
    this.addSql(`create index "compose_requests_compose_id_index" on "compose_requests" ("compose_id");`)
    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_event_key_unique" unique ("event_id", "key");`,
    )

    this.addSql(
      `create table "artifact_builds" ("id" serial primary key, "name" text not null, "original_nvr" text null, "rebuilt_nvr" text null, "type" int null, "state" int not null default 0, "state_reason" text null, "time_submitted" timestamptz not null default now(), "time_completed" timestamptz null, "dep_on_id" int null, "event_id" int null, "build_id" int null, "build_args" text null, "rebuild_reason" int null default 0, "bundle_pullspec_overrides" text null, "remaining_path_s" int not null default 0, "rebuilt_for_try" int null, "retry_count" int not null default 0, "target" text null, "submit_after" timestamptz null, "submit_claim_until" timestamptz null, "submit_claim" uuid null, "task_submitted_at" timestamptz null, "failure_detail" text null);`,
    )
    this.addSql(
      `create index "artifact_builds_event_state_index" on "artifact_builds" ("event_id", "state");`,
    )
    this.addSql(`create index "artifact_builds_state_id_index" on "artifact_builds" ("state", "id");`)
    this.addSql(`create index "artifact_builds_type_id_index" on "artifact_builds" ("type", "id");`)
    this.addSql(`create index "artifact_builds_name_id_index" on "artifact_builds" ("name", "id");`)
    this.addSql(
      `create index "artifact_builds_original_nvr_id_index" on "artifact_builds" ("original_nvr", "id");`,
    )
    this.addSql(
      `create index "artifact_builds_rebuilt_nvr_id_index" on "artifact_builds" ("rebuilt_nvr", "id");`,
    )
    this.addSql(`create index "artifact_builds_event_id_id_index" on "artifact_builds" ("event_id", "id");`)
    this.addSql(`create index "artifact_builds_build_id_id_index" on "artifact_builds" ("build_id", "id");`)
    this.addSql(`create index "artifact_builds_dep_on_id_id_index" on "artifact_builds" ("dep_on_id", "id");`)
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_event_original_nvr_unique" unique ("event_id", "original_nvr");`,
    )
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_rebuilt_nvr_unique" unique ("rebuilt_nvr");`,
    )

    this.addSql(
      `create table "build_compose_requests" ("build_id" int not null, "request_id" int not null, primary key ("build_id", "request_id"));`,
    )
    this.addSql(
      `create index "build_compose_requests_request_id_index" on "build_compose_requests" ("request_id");`,
    )

    this.addSql(
      `create table "artifact_build_composes" ("build_id" int not null, "compose_id" int not null, primary key ("build_id", "compose_id"));`,
    )
    this.addSql(
      `create index "artifact_build_composes_compose_id_index" on "artifact_build_composes" ("compose_id");`,
    )

    this.addSql(
      `create table "event_dependencies" ("id" serial primary key, "event_id" int not null, "event_dependency_id" int not null);`,
    )
    this.addSql(
      `create index "event_dependencies_event_dependency_id_index" on "event_dependencies" ("event_dependency_id");`,
    )
    this.addSql(
      `alter table "event_dependencies" add constraint "idx_event_dependency_rel" unique ("event_id", "event_dependency_id");`,
    )

    this.addSql(
      `create table "event_findings" ("event_id" int not null, "findings" jsonb not null, "fixed_rpms" jsonb not null, "gathered_at" timestamptz not null default now(), primary key ("event_id"));`,
    )

    this.addSql(
      `create table "inbox" ("id" bigserial primary key, "message_id" text not null, "topic" text not null, "body" bytea not null, "properties" jsonb not null, "meaning" jsonb null, "received_at" timestamptz not null default now(), "state" text not null default 'new', "reason" text null, "attempts" int not null default 0, "event_id" int null);`,
    )
    this.addSql(`alter table "inbox" add constraint "inbox_message_id_unique" unique ("message_id");`)
    this.addSql(`create index "inbox_event_id_index" on "inbox" ("event_id");`)
    this.addSql(`create index "inbox_state_received_at_index" on "inbox" ("state", "received_at");`)
    this.addSql(`create index "inbox_received_at_index" on "inbox" ("received_at");`)

    this.addSql(
      `create table "outbox" ("id" bigserial primary key, "event_id" int null, "topic" text not null, "payload" jsonb not null, "created_at" timestamptz not null default now(), "published_at" timestamptz null, "attempts" int not null default 0, "last_error" text null);`,
    )
    this.addSql(
      `create index "outbox_unpublished_index" on "outbox" ("event_id", "id") where "published_at" is null;`,
    )
    this.addSql(`create index "outbox_published_at_index" on "outbox" ("published_at");`)

    this.addSql(
      `create table "row_counts" ("id" bigserial primary key, "counted" text not null, "event_type_id" int null, "type" int null, "state" int not null, "amount" int not null);`,
    )

    this.addSql(`create table "users" ("id" serial primary key, "username" varchar(200) not null);`)
    this.addSql(`alter table "users" add constraint "users_username_unique" unique ("username");`)

    this.addSql(
      `alter table "events" add constraint "events_state_known" check ((state >= 0) AND (state <= 5));`,
    )
    this.addSql(`create or replace function events_count_insert_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, 1 as amount from added c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_insert after insert on events referencing new table as added
      for each statement execute function events_count_insert_fn();`)
    this.addSql(`create or replace function events_count_update_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, 1 as amount from added c union all select c.event_type_id, null::int as type, c.state, -1 as amount from removed c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_update after update on events referencing old table as removed new table as added
      for each statement execute function events_count_update_fn();`)
    this.addSql(`create or replace function events_count_delete_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'events', k.event_type_id, k.type, k.state, sum(k.amount) from (select c.event_type_id, null::int as type, c.state, -1 as amount from removed c) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_delete after delete on events referencing old table as removed
      for each statement execute function events_count_delete_fn();`)
    this.addSql(
      `create or replace function events_count_truncate_fn() returns trigger language plpgsql as $$ begin delete from row_counts where counted = 'events';       return null;     end $$;`,
    )
    this.addSql(`create trigger count_truncate after truncate on events 
      for each statement execute function events_count_truncate_fn();`)
    this.addSql(
      `create or replace function "events_detach_builds_fn"() returns trigger as $$ begin update artifact_builds set event_id = null where event_id = old.id; return old; end; $$ language plpgsql;`,
    )
    this.addSql(
      `create trigger "detach_builds" BEFORE DELETE on "events" for each ROW execute function "events_detach_builds_fn"();`,
    )

    this.addSql(
      `alter table "considered_images" add constraint "considered_images_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
    this.addSql(
      `alter table "considered_images" add constraint "considered_images_outcome_known" check (outcome in ('rebuild', 'not-rebuilt'));`,
    )

    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_compose_id_foreign" foreign key ("compose_id") references "composes" ("id") on delete cascade;`,
    )

    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_dep_on_id_foreign" foreign key ("dep_on_id") references "artifact_builds" ("id") on delete set null;`,
    )
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete set null;`,
    )
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_state_known" check ((state >= 0) AND (state <= 4));`,
    )
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_type_known" check ((type >= 0) AND (type <= 3));`,
    )
    this.addSql(
      `alter table "artifact_builds" add constraint "artifact_builds_reason_known" check ((rebuild_reason >= 0) AND (rebuild_reason <= 2));`,
    )
    this.addSql(`create or replace function artifact_builds_count_insert_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, 1 as amount from added c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_insert after insert on artifact_builds referencing new table as added
      for each statement execute function artifact_builds_count_insert_fn();`)
    this.addSql(`create or replace function artifact_builds_count_update_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, 1 as amount from added c left join events e on e.id = c.event_id union all select e.event_type_id, c.type, c.state, -1 as amount from removed c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_update after update on artifact_builds referencing old table as removed new table as added
      for each statement execute function artifact_builds_count_update_fn();`)
    this.addSql(`create or replace function artifact_builds_count_delete_fn() returns trigger language plpgsql as $$ begin 
      insert into row_counts (counted, event_type_id, type, state, amount)
        select 'artifact_builds', k.event_type_id, k.type, k.state, sum(k.amount) from (select e.event_type_id, c.type, c.state, -1 as amount from removed c left join events e on e.id = c.event_id) k
        group by k.event_type_id, k.type, k.state having sum(k.amount) <> 0;       return null;     end $$;`)
    this.addSql(`create trigger count_delete after delete on artifact_builds referencing old table as removed
      for each statement execute function artifact_builds_count_delete_fn();`)
    this.addSql(
      `create or replace function artifact_builds_count_truncate_fn() returns trigger language plpgsql as $$ begin delete from row_counts where counted = 'artifact_builds';       return null;     end $$;`,
    )
    this.addSql(`create trigger count_truncate after truncate on artifact_builds 
      for each statement execute function artifact_builds_count_truncate_fn();`)

    this.addSql(
      `alter table "build_compose_requests" add constraint "build_compose_requests_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on update cascade on delete cascade;`,
    )
    this.addSql(
      `alter table "build_compose_requests" add constraint "build_compose_requests_request_id_foreign" foreign key ("request_id") references "compose_requests" ("id") on update cascade on delete cascade;`,
    )

    this.addSql(
      `alter table "artifact_build_composes" add constraint "artifact_build_composes_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on update cascade on delete cascade;`,
    )
    this.addSql(
      `alter table "artifact_build_composes" add constraint "artifact_build_composes_compose_id_foreign" foreign key ("compose_id") references "composes" ("id") on update cascade on delete cascade;`,
    )

    this.addSql(
      `alter table "event_dependencies" add constraint "event_dependencies_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
    this.addSql(
      `alter table "event_dependencies" add constraint "event_dependencies_event_dependency_id_foreign" foreign key ("event_dependency_id") references "events" ("id") on delete cascade;`,
    )

    this.addSql(
      `alter table "event_findings" add constraint "event_findings_event_id_foreign" foreign key ("event_id") references "events" ("id") on update cascade on delete cascade;`,
    )

    this.addSql(
      `alter table "inbox" add constraint "inbox_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete set null;`,
    )
    this.addSql(
      `alter table "inbox" add constraint "inbox_state_known" check (state in ('new', 'done', 'ignored', 'failed'));`,
    )

    this.addSql(
      `alter table "outbox" add constraint "outbox_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
  }
}
