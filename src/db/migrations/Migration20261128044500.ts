/** Tables `worker_processes` and `advisory_watch`: what shows that something has gone silent. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128044500 extends Migration {
  override name = 'Migration20261128044500'

  override up(): void {
    this.addSql(
      `create table "worker_processes" ("id" text primary key, "host" text not null, "pid" int not null, "started_at" timestamptz not null, "seen_at" timestamptz not null);`,
    )
    this.addSql(
      `create table "advisory_watch" ("id" int not null, "watching_since" timestamptz not null, "compared_at" timestamptz not null, "missed" jsonb not null, primary key ("id"));`,
    )
    this.addSql(
      `create index "inbox_shipped_index" on "inbox" ("received_at") where "meaning" ->> 'kind' = 'advisory-shipped';`,
    )
  }

  override down(): void {
    this.addSql(`drop index if exists "inbox_shipped_index";`)
    this.addSql(`drop table if exists "worker_processes" cascade;`)
    this.addSql(`drop table if exists "advisory_watch" cascade;`)
  }
}
