/** Checks that what PostgreSQL ends in favor of another transaction is repeated, a statement by itself too, and nothing is done twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeMessages } from '../../../src/commands/publish/write-outbox.ts'
import type { EntityManager } from '../../../src/db/orm.ts'
import { insertInboxRows, type NewInboxRow } from '../../../src/db/queries/messages/inbox.ts'
import { createMetrics } from '../../../src/lib/metrics/metrics.ts'
import { untilLockIsAwaited } from '../../support/database/awaited-locks.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database/database.ts'
import { giveWay } from '../../support/database/give-way.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

beforeEach(async () => {
  await test.db.fork().execute('delete from users; delete from inbox')
  await fail(0)
})

/** The first `times` inserts of users give way. */
const fail = (times: number, code?: string) =>
  giveWay(test.db, { table: 'users', change: 'insert', times, ...(code !== undefined && { code }) })
const INSERT = "insert into users (username) values ('root')"
const users = async () => (await test.db.fork().execute<unknown[]>('select from users')).length

describe('a statement by itself', () => {
  it.each(['40P01', '40001'])('that has given way (%s) is repeated', async (code) => {
    await fail(2, code)
    await test.db.fork().execute(INSERT)
    expect(await users()).toBe(1)
  })

  it('fails when it gives way each time', async () => {
    await fail(5)
    await expect(test.db.fork().execute(INSERT)).rejects.toMatchObject({ code: '40P01' })
    expect(await users()).toBe(0)
  })

  it.each(['55P03', '57014', '23505'])('that has failed otherwise (%s) is not repeated', async (code) => {
    await fail(1, code)
    await expect(test.db.fork().execute(INSERT)).rejects.toMatchObject({ code })
  })
})

describe('a transaction', () => {
  it('that has given way is repeated as a whole', async () => {
    await fail(2)
    let runs = 0
    const result = await test.db.transaction(async (em) => {
      await em.execute("insert into users (username) select 'other' where false")
      await em.execute(INSERT)
      runs += 1
      return runs
    })
    expect([result, await users()]).toEqual([1, 1])
  })

  it('that is repeated counts its messages once, and not at all if it fails', async () => {
    const metrics = createMetrics()
    const write = (em: EntityManager) => {
      const payload = { destination: 'topic://x' }
      const message = { topic: 'topic', payload }
      return writeMessages({ metrics, now: () => new Date() }, em, { eventId: null }, [message])
    }
    await fail(2)
    await test.db.transaction(async (em) => {
      await write(em)
      await em.execute(INSERT)
    })
    const failed = test.db.transaction(async (em) => {
      await write(em)
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    expect(metrics.takeIncrements()).toEqual({ messaging_tx_to_send: 1 })
    await write(test.db.fork())
    expect(metrics.takeIncrements()).toEqual({ messaging_tx_to_send: 1 })
  })

  it('that does something elsewhere too is not repeated', async () => {
    await fail(1)
    let runs = 0
    const once = test.db.transaction(
      async (em) => {
        runs += 1
        await em.execute(INSERT)
      },
      { once: true },
    )
    await expect(once).rejects.toMatchObject({ code: '40P01' })
    expect([runs, await users()]).toEqual([1, 0])
  })

  it('waits in a circle with another one, and both succeed', async () => {
    await test.db.fork().execute("insert into users (username) values ('a'), ('b')")
    const held = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() }
    let runs = 0
    const lockBoth = (first: 'a' | 'b', second: 'a' | 'b') =>
      test.db.transaction(async (em) => {
        runs += 1
        const lock = (name: string) => em.execute('select from users where username = ? for update', [name])
        await lock(first)
        held[first].resolve()
        await held[second].promise
        await lock(second)
        await em.execute('update users set username = username where username = ?', [second])
      })
    await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')])
    expect(runs).toBeGreaterThan(2)
  })
})

it('messages that two processes store in different orders, in several statements, are stored by one of them', async () => {
  const row = (messageId: string): NewInboxRow => ({
    messageId,
    topic: 'topic',
    body: Buffer.from(''),
    properties: {},
    meaning: null,
    state: 'failed',
    reason: null,
    subjectId: null,
    trace: null,
  })
  let other: Promise<unknown[]> | undefined
  const first = await test.db.transaction(async (em) => {
    const stored = await insertInboxRows(em, [row('b')])
    other ??= insertInboxRows(test.db.fork(), [row('a'), row('b')])
    // Only the first time: a repeat comes after the other one has stored both.
    if (stored.length > 0) await untilLockIsAwaited(test.db)
    return [...stored, ...(await insertInboxRows(em, [row('a')]))]
  })
  const stored = [...first, ...((await other) ?? [])]
  expect(stored).toHaveLength(2)
})
