/** Advisories are found by their names without the revision, `RHSA-2026:7001` of `RHSA-2026:7001-01`. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130053600 extends Migration {
  override name = 'Migration20261130053600'

  override up(): void {
    this.addSql(
      `create index "event_advisories_name_index" on "event_advisories" (regexp_replace("name", '-[0-9]{2}$', ''));`,
    )
  }

  override down(): void {
    this.addSql(`drop index "event_advisories_name_index";`)
  }
}
