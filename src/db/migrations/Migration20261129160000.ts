/** Indexes of the claims on submissions, and of tries by their task. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261129160000 extends Migration {
  override name = 'Migration20261129160000'

  override up(): void {
    this.addSql(
      `create index "artifact_builds_claim_index" on "artifact_builds" ("submit_claim_until") where "submit_claim_until" is not null;`,
    )
    this.addSql(`create index "build_tries_task_id_index" on "build_tries" ("task_id");`)
  }

  override down(): void {
    this.addSql(`drop index "artifact_builds_claim_index", "build_tries_task_id_index";`)
  }
}
