/** Advisory locks: each makes processes that share the database do one thing one after the other. */
import { errorCode } from '../lib/error-code.ts'
import { withClient } from './client.ts'
import type { EntityManager } from './orm.ts'

/** Arbitrary numbers that no other user of the database takes, one for each thing to lock. */
export const LOCKS = {
  migrations: 7_246_001,
  dryRunTaskId: 7_246_002,
  dryRunComposeId: 7_246_003,
  taskLimit: 7_246_004,
  embeddedKeeper: 7_246_005,
  import: 7_246_006,
  outboxPositions: 7_246_007,
} as const

/**
 * Sets aside, until the transaction ends, what the role may set for its sessions: it would end a long statement, or a long transaction
 * (from PostgreSQL 17 on).
 */
export const WITHOUT_LIMITS = `select set_config(name, '0', true) from pg_settings where name in ('statement_timeout', 'transaction_timeout')`

type Guard = { url: string; name: keyof typeof LOCKS; patience?: { ms: number; refusal: string } }

/** Above the 15 s after which a `WatchedClient` whose process lives sends a statement. */
const ORPHANED_MS = 40_000

/**
 * Waits for the lock and holds it while `work` runs, on a connection of its own. A transaction and not the session holds it: the
 * server ends one that stays idle, so that a machine that is lost in the middle does not keep the lock for as long as TCP
 * takes to notice, which is two hours.
 * @throws Error with the text `refusal` when another process still holds it after `patience.ms`; without `patience` it waits forever
 */
export function withLock<T>({ url, name, patience }: Guard, work: () => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('begin')
    await client.query(WITHOUT_LIMITS)
    await client.query(`set local idle_in_transaction_session_timeout = ${ORPHANED_MS}`)
    await client.query(`set local lock_timeout = ${patience?.ms ?? 0}`)
    await client.query('select pg_advisory_xact_lock($1)', [LOCKS[name]]).catch((error: unknown) => {
      throw patience && isLockTimeout(error) ? new Error(patience.refusal) : error
    })
    return work()
  })
}

/** Whether a statement has ended because it waited for a lock longer than `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return errorCode(error) === '55P03'
}

/** Waits for the lock and holds it until the transaction of `em` ends. */
export async function lockUntilCommit(em: EntityManager, name: keyof typeof LOCKS): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(?)', [LOCKS[name]])
}

/** The same for one of many things of a kind, such as an advisory; different texts rarely share a lock. */
export async function lockText(em: EntityManager, text: string): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtext(?))', [text])
}

/** The same for many things. Each waits for them in the same order, so that no two wait for each other. */
export async function lockTexts(em: EntityManager, texts: readonly string[]): Promise<void> {
  await em.execute(
    `select pg_advisory_xact_lock(lock)
       from (select distinct hashtext(text) as lock from json_array_elements_text(?::json) as text order by 1) locks`,
    [JSON.stringify(texts)],
  )
}
