import { Migration } from '@mikro-orm/migrations'

export class Migration20261121190000 extends Migration {
  override name = 'Migration20261121190000'

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "counters" add column if not exists "created_at" timestamptz not null default now();`,
    )
    this.addSql(`drop index if exists "artifact_builds_build_id_index";`)
    this.addSql(`drop index if exists "artifact_builds_dep_on_id_index";`)
    this.addSql(
      `create index if not exists "artifact_builds_build_id_id_index" on "artifact_builds" ("build_id", "id");`,
    )
    this.addSql(
      `create index if not exists "artifact_builds_dep_on_id_id_index" on "artifact_builds" ("dep_on_id", "id");`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "counters" drop column if exists "created_at";`)
    this.addSql(`create index "artifact_builds_build_id_index" on "artifact_builds" ("build_id");`)
    this.addSql(`create index "artifact_builds_dep_on_id_index" on "artifact_builds" ("dep_on_id");`)
    this.addSql(`drop index if exists "artifact_builds_build_id_id_index";`)
    this.addSql(`drop index if exists "artifact_builds_dep_on_id_id_index";`)
  }
}
