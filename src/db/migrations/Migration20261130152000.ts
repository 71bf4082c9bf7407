/** The newest compose of ODCS before a request for one was sent for the first time: what is newer may be its own (decision 0083). */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130152000 extends Migration {
  override name = 'Migration20261130152000'

  override up(): void {
    this.addSql(`alter table "compose_requests" add "newest_before" int null;`)
  }

  override down(): void {
    this.addSql(`alter table "compose_requests" drop column "newest_before";`)
  }
}
