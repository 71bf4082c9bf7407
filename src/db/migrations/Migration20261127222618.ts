/** `waits.services`: every service that a job has waited for since it last made progress. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127222618 extends Migration {
  override name = 'Migration20261127222618'

  override up(): void {
    this.addSql(`alter table "waits" add "services" text[] not null default '{}';`)
    this.addSql(`update "waits" set "services" = array_remove(array["service"], null);`)
  }

  override down(): void {
    this.addSql(`alter table "waits" drop column "services";`)
  }
}
