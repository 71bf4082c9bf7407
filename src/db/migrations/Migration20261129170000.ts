/** News of a subject are counted, so that a run that began before them stores no decision at release gates (decision 0078). */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261129170000 extends Migration {
  override name = 'Migration20261129170000'

  override up(): void {
    this.addSql(`alter table "subjects" add "news" int not null default 0;`)
  }

  override down(): void {
    this.addSql(`alter table "subjects" drop column "news";`)
  }
}
