/** `service_troubles.of_writes`: whether calls that change something failed, which reads that pass say nothing about. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128003500 extends Migration {
  override name = 'Migration20261128003500'

  override up(): void {
    this.addSql(`alter table "service_troubles" add "of_writes" boolean not null default false;`)
  }

  override down(): void {
    this.addSql(`alter table "service_troubles" drop column "of_writes";`)
  }
}
