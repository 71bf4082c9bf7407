/** A build that is DONE no longer keeps what an earlier try failed of: its tries do, and it looked like a failure of the build. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130150100 extends Migration {
  override name = 'Migration20261130150100'

  override up(): void {
    this.addSql(
      `update "artifact_builds" set "failure_detail" = null where "state" = 1 and "failure_detail" is not null;`,
    )
  }

  override down(): void {
    // The tries have what is gone.
  }
}
