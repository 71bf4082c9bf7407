/** Transactions: all or nothing, and a connection that breaks in the middle of one is not missed afterwards. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../../src/db/orm.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database/database.ts'

const POOL = 2
const INSERT =
  "insert into inbox (message_id, topic, body, properties, state) values (?, 'topic', '', '{}', 'failed')"

let test: TestDatabase
let db: Database

beforeEach(async () => {
  test = await createTestDatabase()
  db = openDatabase(test.url, POOL)
})

afterEach(async () => {
  await db.close()
  await test.drop()
})

const stored = async () =>
  (await test.db.fork().execute<{ id: string }[]>('select message_id as id from inbox order by 1')).map(
    ({ id }) => id,
  )

describe('a transaction', () => {
  it('keeps everything it wrote, and returns what its work returned', async () => {
    const result = await db.transaction(async (em) => {
      await em.execute(INSERT, ['a'])
      await em.execute(INSERT, ['b'])
      return 'done'
    })
    expect(result).toBe('done')
    expect(await stored()).toEqual(['a', 'b'])
  })

  it('keeps nothing when its work throws, and throws the same', async () => {
    const failing = db.transaction(async (em) => {
      await em.execute(INSERT, ['a'])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await stored()).toEqual([])
  })

  it('hides what it wrote until it is committed', async () => {
    await db.transaction(async (em) => {
      await em.execute(INSERT, ['a'])
      expect(await stored()).toEqual([])
    })
    expect(await stored()).toEqual(['a'])
  })

  it('keeps nothing when its connection breaks, and leaves the pool as large as it was', async () => {
    for (let round = 0; round < POOL + 1; round += 1) {
      const broken = db.transaction(async (em) => {
        await em.execute(INSERT, ['a'])
        await em.execute('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined)
        await em.execute(INSERT, ['b'])
      })
      await expect(broken).rejects.toThrow()
    }
    await db.transaction((em) => em.execute(INSERT, ['c']))
    expect(await stored()).toEqual(['c'])
  })
})
