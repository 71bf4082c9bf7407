/** When events were expected to end, each time that changed. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128045912 extends Migration {
  override name = 'Migration20261128045912'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "event_forecasts" ("id" bigserial primary key, "event_id" int not null, "at" timestamptz not null, "p50" timestamptz not null, "p90" timestamptz not null, "work_done" double precision not null);`,
    )
    this.addSql(`create index "event_forecasts_event_at_index" on "event_forecasts" ("event_id", "at");`)
    this.addSql(
      `alter table "event_forecasts" add constraint "event_forecasts_event_id_foreign" foreign key ("event_id") references "events" ("id") on delete cascade;`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "event_forecasts" cascade;`)
  }
}
