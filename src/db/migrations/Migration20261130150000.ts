/** Searches for tasks of a try that the build system may make late; until now only jobs knew of them. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261130150000 extends Migration {
  override name = 'Migration20261130150000'

  override up(): void {
    this.addSql(
      `create table "surplus_searches" ("build_id" int not null, "release" text not null, "source" text not null, "since" timestamptz not null, "submitted_at" timestamptz not null, primary key ("build_id", "release"));`,
    )
    this.addSql(
      `alter table "surplus_searches" add constraint "surplus_searches_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on delete cascade;`,
    )
  }

  override down(): void {
    this.addSql(`drop table "surplus_searches";`)
  }
}
