/** Table `outbox_positions`: the order in which readers see the rows of the outbox, filled by a trigger. */
import { Migration } from '@mikro-orm/migrations'

export class Migration20261128003900 extends Migration {
  override name = 'Migration20261128003900'

  override up(): void {
    this.addSql(
      `create table "outbox_positions" ("id" bigserial primary key, "outbox_id" bigint null, "position" bigint null);`,
    )
    this.addSql(`insert into "outbox_positions" ("outbox_id") select "id" from "outbox" order by "id";`)
    this.addSql(
      `create index "outbox_positions_waiting_index" on "outbox_positions" ("id") where "position" is null;`,
    )
    this.addSql(
      `create index "outbox_positions_deleted_index" on "outbox_positions" ("position") where "outbox_id" is null;`,
    )
    this.addSql(
      `alter table "outbox_positions" add constraint "outbox_positions_outbox_id_unique" unique ("outbox_id");`,
    )
    this.addSql(
      `alter table "outbox_positions" add constraint "outbox_positions_position_unique" unique ("position");`,
    )
    this.addSql(
      `alter table "outbox_positions" add constraint "outbox_positions_outbox_id_foreign" foreign key ("outbox_id") references "outbox" ("id") on delete set null;`,
    )
    this.addSql(`
    create or replace function outbox_add_positions_fn() returns trigger language plpgsql as $$ begin
      insert into outbox_positions (outbox_id) select a.id from added a order by a.id;
      perform pg_notify('freshwave_outbox', '');
      return null;
    end $$;
    create trigger add_positions after insert on outbox referencing new table as added
      for each statement execute function outbox_add_positions_fn()`)
  }

  override down(): void {
    this.addSql(`drop trigger if exists add_positions on "outbox";`)
    this.addSql(`drop function if exists outbox_add_positions_fn();`)
    this.addSql(`drop table if exists "outbox_positions" cascade;`)
  }
}
