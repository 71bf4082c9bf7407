/** Keys that make requests for rebuilds safe to repeat, and the branch and target of events that rebuild images by name. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127213723 extends Migration {
  override name = 'Migration20261127213723'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "idempotency_keys" ("key" text not null, "digest" text not null, "event_id" int not null, "created_at" timestamptz not null, primary key ("key"));`,
    )
    this.addSql(`create index "idempotency_keys_created_at_index" on "idempotency_keys" ("created_at");`)

    this.addSql(`alter table "events" add "dist_git_branch" text null, add "brew_target" text null;`)

    this.addSql(
      `alter table "idempotency_keys" add constraint "idempotency_keys_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "idempotency_keys" cascade;`)

    this.addSql(`alter table "events" drop column "dist_git_branch", drop column "brew_target";`)
  }
}
