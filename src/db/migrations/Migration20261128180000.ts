/** An index of the ends of tasks in the inbox, so that the end of one task is found without reading what came beside it. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128180000 extends Migration {
  override name = 'Migration20261128180000'

  override up(): void {
    this.addSql(
      `create index "inbox_ended_task_index" on "inbox" (("meaning" ->> 'taskId')) where "meaning" ->> 'kind' = 'task-ended';`,
    )
  }

  override down(): void {
    this.addSql(`drop index "inbox_ended_task_index";`)
  }
}
