/** Indexes of messages by what they are about hold only those that are about something; one of all about a subject is new. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261129090000 extends Migration {
  override name = 'Migration20261129090000'

  override up(): void {
    this.addSql(`create index "inbox_event_index" on "inbox" ("event_id") where "event_id" is not null;`)
    this.addSql(
      `create index "inbox_subject_index" on "inbox" ("subject_id") where "subject_id" is not null;`,
    )
    this.addSql(
      `create index "outbox_waiting_subject_index" on "outbox" ("subject_id", "id") where "published_at" is null and "subject_id" is not null;`,
    )
    this.addSql(
      `create index "outbox_subject_index" on "outbox" ("subject_id") where "subject_id" is not null;`,
    )
    this.addSql(
      `create index "outbox_sent_index" on "outbox" ("published_at") where "published_at" is not null;`,
    )
    this.addSql(`drop index "inbox_event_id_index", "inbox_subject_id_index";`)
    this.addSql(`drop index "outbox_unpublished_subject_index", "outbox_published_at_index";`)
  }

  override down(): void {
    this.addSql(`create index "inbox_event_id_index" on "inbox" ("event_id");`)
    this.addSql(`create index "inbox_subject_id_index" on "inbox" ("subject_id");`)
    this.addSql(
      `create index "outbox_unpublished_subject_index" on "outbox" ("subject_id", "id") where "published_at" is null;`,
    )
    this.addSql(`create index "outbox_published_at_index" on "outbox" ("published_at");`)
    this.addSql(`drop index "inbox_event_index", "inbox_subject_index";`)
    this.addSql(`drop index "outbox_waiting_subject_index", "outbox_subject_index", "outbox_sent_index";`)
  }
}
