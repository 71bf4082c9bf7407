/** `event_advisories`: name, severity and CVEs of the advisory of each event. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128043000 extends Migration {
  override name = 'Migration20261128043000'

  override up(): void {
    this.addSql(
      `create table "event_advisories" ("event_id" int not null, "name" text not null, "severity" text not null, "cves" text[] not null default '{}', primary key ("event_id"));`,
    )
    this.addSql(`create index "event_advisories_cves_index" on "event_advisories" using gin ("cves");`)
    this.addSql(
      `alter table "event_advisories" add constraint "event_advisories_event_id_foreign" foreign key ("event_id") references "events" ("id") on update cascade on delete cascade;`,
    )
  }

  override down(): void {
    this.addSql(`drop table "event_advisories";`)
  }
}
