/** Table `audit`: requests for changes, whether they were carried out or not (decision 0028). */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127220336 extends Migration {
  override name = 'Migration20261127220336'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "audit" ("id" bigserial primary key, "at" timestamptz not null default now(), "who" text null, "credential" text not null, "door" text not null, "address" text null, "action" text not null, "subject" text null, "outcome" text not null, "detail" text null, "event_id" int null);`,
    )
    this.addSql(`create index "audit_event_id_index" on "audit" ("event_id");`)
    this.addSql(`create index "audit_at_index" on "audit" ("at");`)
    this.addSql(`create index "audit_who_id_index" on "audit" ("who", "id");`)
    this.addSql(`create index "audit_subject_id_index" on "audit" ("subject", "id");`)

    this.addSql(
      `alter table "audit" add constraint "audit_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete set null;`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "audit" cascade;`)
  }
}
