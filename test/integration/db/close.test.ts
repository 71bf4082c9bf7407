/** The end of a pool: it comes, whatever is still in progress, and nothing waits for a connection afterwards. */
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/orm.ts'
import { endPool } from '../../../src/lib/stores/end-pool.ts'
import { WatchedClient } from '../../../src/lib/stores/watched-client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database/database.ts'

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
})
afterEach(async () => {
  await test.drop()
})

const PATIENCE_MS = 20_000

/** How a statement is sent, and how the pool that sends it ends. */
const POOLS: Record<string, (url: string) => { send(): Promise<unknown>; close(): Promise<void> }> = {
  'of the ORM': (url: string) => {
    const db = openDatabase(url, 3)
    return { send: () => db.fork().execute('select 1'), close: db.close }
  },
  'of BullMQ': (url: string) => {
    const pool = new pg.Pool({ connectionString: url, max: 3, Client: WatchedClient })
    pool.on('error', () => undefined) // an ended session of the dropped database
    return { send: () => pool.query('select 1'), close: () => endPool(pool) }
  },
}

describe.each(Object.entries(POOLS))('a pool %s', (_name, open) => {
  it.each([0, 1, 2])(
    'waits for statements in progress, for those too that wait for a connection, after %i that have ended',
    async (ended) => {
      const { send, close } = open(test.url)
      const sendAll = (count: number) => Array.from({ length: count }, send)
      await Promise.all(sendAll(ended))
      const inProgress = sendAll(5)
      await Promise.resolve() // so that they have begun
      await close()
      // Those that the end has overtaken on their way to the pool are refused, and none waits.
      for (const outcome of await Promise.allSettled(inProgress))
        if (outcome.status === 'rejected')
          expect(String(outcome.reason)).toContain('after calling end on the pool')
    },
    PATIENCE_MS,
  )
})

it('a pool that has ended refuses what comes later, and may be ended again', async () => {
  const db = openDatabase(test.url, 5)
  await db.fork().execute('select 1')
  await db.close()
  await expect(db.fork().execute('select 1')).rejects.toThrow('after calling end on the pool')
  await expect(db.transaction(async () => undefined)).rejects.toThrow('after calling end on the pool')
  await db.close()
})
