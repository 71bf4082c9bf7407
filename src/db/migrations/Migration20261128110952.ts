/** Event and state in the index of builds by name, so that searches and counts of a name read no builds. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128110952 extends Migration {
  override name = 'Migration20261128110952'

  override up(): void {
    this.addSql(
      `create index "artifact_builds_name_id_covering_index" on "artifact_builds" ("name", "id") include ("event_id", "state");`,
    )
    this.addSql(`drop index "artifact_builds_name_id_index";`)
  }

  override down(): void {
    this.addSql(`create index "artifact_builds_name_id_index" on "artifact_builds" ("name", "id");`)
    this.addSql(`drop index "artifact_builds_name_id_covering_index";`)
  }
}
