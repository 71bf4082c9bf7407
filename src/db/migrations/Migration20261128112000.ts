/** When the database was restored from an older copy, and when advisories shipped. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128112000 extends Migration {
  override name = 'Migration20261128112000'

  override up(): void {
    this.addSql(`alter table "event_advisories" add "shipped_at" timestamptz null;`)
    this.addSql(
      `create table "restores" ("id" serial primary key, "lost_from" timestamptz not null, "restored_at" timestamptz not null);`,
    )
  }

  override down(): void {
    this.addSql(`drop table if exists "restores" cascade;`)
    this.addSql(`alter table "event_advisories" drop column "shipped_at";`)
  }
}
