/** The trace that rows belong to, so that work continues it in whichever process runs it. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128075800 extends Migration {
  override name = 'Migration20261128075800'

  override up(): void | Promise<void> {
    this.addSql(`alter table "events" add "trace" jsonb null;`)
    this.addSql(`alter table "artifact_builds" add "trace" jsonb null;`)
    this.addSql(`alter table "inbox" add "trace" jsonb null;`)
    this.addSql(`alter table "outbox" add "trace" jsonb null;`)
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "events" drop column "trace";`)
    this.addSql(`alter table "artifact_builds" drop column "trace";`)
    this.addSql(`alter table "inbox" drop column "trace";`)
    this.addSql(`alter table "outbox" drop column "trace";`)
  }
}
