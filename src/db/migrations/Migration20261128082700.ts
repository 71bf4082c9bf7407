/** The target with each duration, and the whole last forecast of each event. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128082700 extends Migration {
  override name = 'Migration20261128082700'

  override up(): void {
    this.addSql(`alter table "build_durations" add "target" text null;`)
    this.addSql(
      `create table "current_forecasts" ("event_id" int not null, "at" timestamptz not null, "parallelism" int null, "forecast" jsonb not null, primary key ("event_id"));`,
    )
    this.addSql(
      `alter table "current_forecasts" add constraint "current_forecasts_event_id_foreign" foreign key ("event_id") references "events" ("id") on update cascade on delete cascade;`,
    )
  }

  override down(): void {
    this.addSql(`drop table if exists "current_forecasts" cascade;`)
    this.addSql(`alter table "build_durations" drop column "target";`)
  }
}
