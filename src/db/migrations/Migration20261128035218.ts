/** Table `service_polls`: when the last poll began that a service answered. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128035218 extends Migration {
  override name = 'Migration20261128035218'

  override up(): void {
    this.addSql(
      `create table "service_polls" ("service" text not null, "answered_at" timestamptz not null, primary key ("service"));`,
    )
  }

  override down(): void {
    this.addSql(`drop table if exists "service_polls" cascade;`)
  }
}
