/** Tries of builds, waiting work and services in trouble; what a finished build is checked for. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127173748 extends Migration {
  override name = 'Migration20261127173748'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "build_tries" ("id" bigserial primary key, "build_id" int not null, "task_id" int not null, "began" timestamptz not null, "ended" timestamptz null, "state" text null, "detail" text null);`,
    )
    this.addSql(
      `alter table "build_tries" add constraint "build_tries_build_task_unique" unique ("build_id", "task_id");`,
    )
    this.addSql(
      `alter table "build_tries" add constraint "build_tries_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on delete cascade;`,
    )

    this.addSql(
      `create table "service_troubles" ("service" text not null, "blame" text not null, "detail" text not null, "since" timestamptz not null, "last_seen" timestamptz not null, "probe_at" timestamptz not null, primary key ("service", "blame"));`,
    )

    this.addSql(
      `create table "waits" ("job_id" text not null, "event_id" int null, "build_id" int null, "service" text null, "blame" text null, "detail" text not null, "since" timestamptz not null, "next_at" timestamptz not null, "attempts" int not null, primary key ("job_id"));`,
    )
    this.addSql(`create index "waits_event_id_index" on "waits" ("event_id");`)
    this.addSql(`create index "waits_build_id_index" on "waits" ("build_id");`)
    this.addSql(
      `alter table "waits" add constraint "waits_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
    this.addSql(
      `alter table "waits" add constraint "waits_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on delete cascade;`,
    )

    this.addSql(
      `alter table "artifact_builds" add "rpms_to_fix" jsonb null, add "verification_note" text null;`,
    )
  }
}
