/** Users: everyone who ever made an authenticated request (behaviour/freshmaker 1.3). */
import type { EntityManager } from '../orm.ts'

// Looks first, because `on conflict` alone would use up an id each time.
const RECORD = `
  insert into users (username) select ?::text where not exists (select 1 from users where username = ?)
  on conflict (username) do nothing`

/** Stores a user unless it is known. Safe to repeat, also at the same time. */
export async function recordUser(em: EntityManager, username: string): Promise<void> {
  await em.execute(RECORD, [username, username])
}
