/** Subjects of the gate, the last decision on each, and messages about them. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128003100 extends Migration {
  override name = 'Migration20261128003100'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "subjects" ("id" serial primary key, "digest" text not null, "type" text not null, "identifier" text not null, "revision" int not null default 0, "seen_at" timestamptz not null default now());`,
    )
    this.addSql(`alter table "subjects" add constraint "subjects_digest_unique" unique ("digest");`)
    this.addSql(`create index "subjects_seen_at_index" on "subjects" ("seen_at");`)

    this.addSql(
      `create table "decisions" ("subject_id" int not null, "decision_context" text not null, "product_version" text not null, "decision" jsonb not null, "fingerprint" text not null, "known_since_us" bigint not null, "is_published" boolean not null, primary key ("subject_id", "decision_context", "product_version"));`,
    )
    this.addSql(
      `alter table "decisions" add constraint "decisions_subject_id_foreign" foreign key ("subject_id") references "subjects" ("id") on delete cascade;`,
    )

    this.addSql(`alter table "inbox" add "subject_id" int null;`)
    this.addSql(
      `alter table "inbox" add constraint "inbox_subject_id_foreign" foreign key ("subject_id") references "subjects" ("id") on delete set null;`,
    )
    this.addSql(`create index "inbox_subject_id_index" on "inbox" ("subject_id");`)
    this.addSql(
      `create index "inbox_waiting_subject_index" on "inbox" ("subject_id", "id") where "state" = 'new' and "subject_id" is not null;`,
    )

    this.addSql(
      `alter table "outbox" add "subject_id" int null, add "properties" jsonb null, add "handler" text null;`,
    )
    this.addSql(
      `alter table "outbox" add constraint "outbox_subject_id_foreign" foreign key ("subject_id") references "subjects" ("id") on delete set null;`,
    )
    this.addSql(
      `create index "outbox_unpublished_subject_index" on "outbox" ("subject_id", "id") where "published_at" is null;`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(
      `alter table "outbox" drop column "subject_id", drop column "properties", drop column "handler";`,
    )
    this.addSql(`alter table "inbox" drop column "subject_id";`)
    this.addSql(`drop table if exists "decisions" cascade;`)
    this.addSql(`drop table if exists "subjects" cascade;`)
  }
}
