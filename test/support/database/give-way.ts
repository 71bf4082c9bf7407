/** Makes statements fail as if PostgreSQL had ended them in favor of another transaction. */
import type { Database } from '../../../src/db/orm.ts'

/** What fails: the next `times` statements that do this to a table, with the code of PostgreSQL (default: a deadlock, once). */
type Failing = { table: string; change: 'insert' | 'update'; times?: number; code?: string }

/** Replaces what was set for the table before. A sequence counts: no rollback takes that back. */
export async function giveWay(
  db: Database,
  { table, change, times = 1, code = '40P01' }: Failing,
): Promise<void> {
  await db.fork().execute(`
    create sequence if not exists ${table}_attempts;
    select setval('${table}_attempts', 1, false);
    create or replace function ${table}_give_way() returns trigger language plpgsql as $$ begin
      if nextval('${table}_attempts') <= ${times} then raise exception 'gave way' using errcode = '${code}'; end if;
      return null;
    end $$;
    drop trigger if exists give_way on ${table};
    create trigger give_way after ${change} on ${table} execute function ${table}_give_way()`)
}
