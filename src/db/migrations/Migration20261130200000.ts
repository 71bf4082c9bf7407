/** Architectures of the original image, with which the check of its rebuild compares those that were built. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130200000 extends Migration {
  override name = 'Migration20261130200000'

  override up(): void {
    this.addSql(`alter table "artifact_builds" add "original_arches" jsonb null;`)
  }

  override down(): void {
    this.addSql(`alter table "artifact_builds" drop column "original_arches";`)
  }
}
