/** Which request a row of the audit is about, so that a request over HTTP has one row at most. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130150200 extends Migration {
  override name = 'Migration20261130150200'

  override up(): void {
    this.addSql(`alter table "audit" add "request" uuid null;`)
    // contract: the last release leaves the column null, and no two nulls are equal.
    this.addSql(`alter table "audit" add constraint "audit_request_unique" unique ("request");`)
  }

  override down(): void {
    this.addSql(`alter table "audit" drop column "request";`)
  }
}
