/** When an advisory shipped of which no message came and whose event the comparison with the Errata Tool opened (decision 0041). */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130084500 extends Migration {
  override name = 'Migration20261130084500'

  override up(): void {
    this.addSql(`alter table "advisory_watch" add "opened_shipped_at" timestamptz null;`)
  }

  override down(): void {
    this.addSql(`alter table "advisory_watch" drop column "opened_shipped_at";`)
  }
}
