/** The index of builds by name in the order of characters, by which searches for the beginning of a name go; `-` hardly counts in other orders. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130183000 extends Migration {
  override name = 'Migration20261130183000'

  override up(): void {
    this.addSql(
      `create index "artifact_builds_name_characters_index" on "artifact_builds" ("name" text_pattern_ops, "id") include ("event_id", "state");`,
    )
    // contract: the last release finds equal names by the new index; only its search by the beginning of a name is slower.
    this.addSql(`drop index "artifact_builds_name_id_covering_index";`)
  }

  override down(): void {
    this.addSql(
      `create index "artifact_builds_name_id_covering_index" on "artifact_builds" ("name", "id") include ("event_id", "state");`,
    )
    this.addSql(`drop index "artifact_builds_name_characters_index";`)
  }
}
