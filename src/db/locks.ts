/** Advisory locks: each makes processes that share the database do one thing one after the other. */
import type { EntityManager } from './orm.ts'

/** Any numbers that no other user of the database takes; each stands for one thing. */
export const LOCKS = {
  migrations: 7_246_001,
  dryRunTaskId: 7_246_002,
  dryRunComposeId: 7_246_003,
  taskLimit: 7_246_004,
  embeddedKeeper: 7_246_005,
  import: 7_246_006,
  outboxPositions: 7_246_007,
} as const

/** Waits for the lock and holds it until the transaction of `em` ends. */
export async function lockUntilCommit(em: EntityManager, name: keyof typeof LOCKS): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(?)', [LOCKS[name]])
}

/** The same for one of many things of a kind, such as an advisory; different texts rarely share a lock. */
export async function lockText(em: EntityManager, text: string): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtext(?))', [text])
}
