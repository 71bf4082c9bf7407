/** Events that resume others. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127211228 extends Migration {
  override name = 'Migration20261127211228'

  override up(): void | Promise<void> {
    this.addSql(`alter table "event_dependencies" add "resumption" jsonb null;`)
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "event_dependencies" drop column "resumption";`)
  }
}
