import { Migration } from '@mikro-orm/migrations'

export class Migration20261121194000 extends Migration {
  override name = 'Migration20261121194000'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "compose_requests" ("id" serial primary key, "event_id" int not null, "key" text not null, "need" jsonb not null, "compose_id" int null);`,
    )
    this.addSql(`create index "compose_requests_compose_id_index" on "compose_requests" ("compose_id");`)
    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_event_key_unique" unique ("event_id", "key");`,
    )

    this.addSql(
      `create table "build_compose_requests" ("build_id" int not null, "request_id" int not null, primary key ("build_id", "request_id"));`,
    )
    this.addSql(
      `create index "build_compose_requests_request_id_index" on "build_compose_requests" ("request_id");`,
    )

    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
    this.addSql(
      `alter table "compose_requests" add constraint "compose_requests_compose_id_foreign" foreign key ("compose_id") references "composes" ("id") on delete cascade;`,
    )

    this.addSql(
      `alter table "build_compose_requests" add constraint "build_compose_requests_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on update cascade on delete cascade;`,
    )
    this.addSql(
      `alter table "build_compose_requests" add constraint "build_compose_requests_request_id_foreign" foreign key ("request_id") references "compose_requests" ("id") on update cascade on delete cascade;`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(
      `alter table "build_compose_requests" drop constraint "build_compose_requests_request_id_foreign";`,
    )

    this.addSql(`drop table if exists "compose_requests" cascade;`)
    this.addSql(`drop table if exists "build_compose_requests" cascade;`)
  }
}
