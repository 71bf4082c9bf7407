/** Tasks of canceled builds that the build system still has to cancel. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261127211229 extends Migration {
  override name = 'Migration20261127211229'

  override up(): void | Promise<void> {
    this.addSql(
      `create table "task_cancellations" ("build_id" int not null, "task_id" int null, "requested_at" timestamptz not null, "tries" int not null default 0, primary key ("build_id"));`,
    )
    this.addSql(
      `alter table "task_cancellations" add constraint "task_cancellations_build_id_foreign" foreign key ("build_id") references "artifact_builds" ("id") on update cascade on delete cascade;`,
    )
  }
}
