/** Since when a job has waited for each service, and for a verification: one does not start the patience for another again. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130154000 extends Migration {
  override name = 'Migration20261130154000'

  override up(): void {
    this.addSql(`alter table "waits" add "clocks" jsonb not null default '{}';`)
  }

  override down(): void {
    this.addSql(`alter table "waits" drop column "clocks";`)
  }
}
