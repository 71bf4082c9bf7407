/** Another index of builds by name, in the order of characters, for searches by the beginning of a name; `-` hardly counts in other orders. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130183000 extends Migration {
  override name = 'Migration20261130183000'

  override up(): void {
    this.addSql(
      `create index "artifact_builds_name_characters_index" on "artifact_builds" ("name" text_pattern_ops);`,
    )
  }

  override down(): void {
    this.addSql(`drop index "artifact_builds_name_characters_index";`)
  }
}
