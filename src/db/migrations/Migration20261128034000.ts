/** `service_troubles.writes_failed_at` instead of `of_writes`: when calls that change something last failed. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128034000 extends Migration {
  override name = 'Migration20261128034000'

  override up(): void {
    this.addSql(`alter table "service_troubles" add "writes_failed_at" timestamptz null;`)
    this.addSql(`update "service_troubles" set "writes_failed_at" = "last_seen" where "of_writes";`)
    this.addSql(`alter table "service_troubles" drop column "of_writes";`)
  }

  override down(): void {
    this.addSql(`alter table "service_troubles" add "of_writes" boolean not null default false;`)
    this.addSql(`update "service_troubles" set "of_writes" = true where "writes_failed_at" is not null;`)
    this.addSql(`alter table "service_troubles" drop column "writes_failed_at";`)
  }
}
