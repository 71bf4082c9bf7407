/** Table `release_decisions`: the decisions on rebuilt images at release gates, as of the last message about each image. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128035219 extends Migration {
  override name = 'Migration20261128035219'

  override up(): void {
    this.addSql(
      `create table "release_decisions" ("subject_id" int not null, "decision_context" text not null, "product_version" text not null, "decision" jsonb not null, "judged_by" text not null, primary key ("subject_id", "decision_context", "product_version"));`,
    )
    this.addSql(
      `alter table "release_decisions" add constraint "release_decisions_subject_id_foreign" foreign key ("subject_id") references "subjects" ("id") on delete cascade;`,
    )
  }

  override down(): void {
    this.addSql(`drop table if exists "release_decisions" cascade;`)
  }
}
