/** Readers of the outbox see its rows in one order, whatever the order of the transactions that write them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../../../../../src/db/client.ts'
import {
  assignPositions,
  deleteOldPositions,
  messagesAfter,
  positionRange,
} from '../../../../../src/db/queries/messages/positions.ts'
import { deleteOldRows } from '../../../../../src/db/queries/old-rows.ts'
import { storeEvent } from '../../../../support/api/api.ts'
import { writeBuildChanges } from '../../../../support/bus/outbox-rows.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/database/database.ts'

let database: TestDatabase
let eventId: number
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  for (const table of ['outbox_positions', 'outbox']) await database.db.fork().execute(`delete from ${table}`)
  eventId = await storeEvent(database.db, { searchKey: '77' })
})

const write = (...numbers: number[]) =>
  database.db.transaction((em) => writeBuildChanges(em, eventId, numbers))
const read = async (after = 0, limit = 100) => {
  await assignPositions(database.db)
  return messagesAfter(database.db.fork(), after, limit)
}
const builds = (messages: { payload: unknown }[]) =>
  messages.map(({ payload }) => (payload as { id: number }).id) // as written above

describe('positions', () => {
  it('count from 1 without holes, in the order in which a transaction has written', async () => {
    await write(1, 2)
    await write(3)
    const messages = await read()
    expect(messages.map(({ position }) => position)).toEqual([1, 2, 3])
    expect(builds(messages)).toEqual([1, 2, 3])
    expect(messages[0]).toMatchObject({ topic: 'build.state.changed', eventId, advisory: '77' })
    expect((await read(1, 1)).map(({ position }) => position)).toEqual([2])
  })

  it('of rows that are committed later come later, though their ids are lower', async () => {
    let commit = () => {}
    const early = new Promise<void>((written) => {
      const held = database.db.transaction(async (em) => {
        await writeBuildChanges(em, eventId, [1])
        written()
        await new Promise<void>((resolve) => {
          commit = resolve
        })
      })
      commits.push(held)
    })
    await early
    await write(2)
    expect(builds(await read())).toEqual([2])
    commit()
    await Promise.all(commits)
    expect(builds(await read(1))).toEqual([1])
  })

  it('are given out once by readers that do so at the same time', async () => {
    await write(...Array.from({ length: 50 }, (_none, n) => n))
    await Promise.all(Array.from({ length: 8 }, () => assignPositions(database.db)))
    expect((await read()).map(({ position }) => position)).toEqual(
      Array.from({ length: 50 }, (_none, n) => n + 1),
    )
  })

  it('do not wait for a publisher that holds its rows while the bus is slow', async () => {
    await write(1)
    const publisher = createClient(database.url)
    await publisher.connect()
    await publisher.query('begin; select * from outbox for update')
    expect(builds(await read())).toEqual([1])
    await publisher.query('rollback')
    await publisher.end()
  })

  it('show how far back the messages go, also when all are deleted', async () => {
    await write(1, 2, 3)
    await read()
    expect(await positionRange(database.db.fork())).toEqual({ newest: 3, deleted: 0 })
    await database.db
      .fork()
      .execute("update outbox set published_at = '2020-01-01' where (payload ->> 'id')::int <> 2")
    await deleteOldRows(database.db.fork(), 'outbox', new Date('2021-01-01'))
    await deleteOldPositions(database.db.fork())
    expect(await positionRange(database.db.fork())).toEqual({ newest: 3, deleted: 3 })
    await database.db.fork().execute('delete from outbox')
    await deleteOldPositions(database.db.fork())
    await write(4)
    expect((await read(3)).map(({ position }) => position)).toEqual([4])
    const [{ rows } = { rows: 0 }] = await database.db
      .fork()
      .execute<{ rows: number }[]>('select count(*)::int as rows from outbox_positions')
    expect(rows).toBe(2)
  })
})

const commits: Promise<void>[] = []

describe('writing to the outbox', () => {
  it('notifies once for a transaction, and not before its commit', async () => {
    const listener = createClient(database.url)
    await listener.connect()
    let notices = 0
    listener.on('notification', () => {
      notices += 1
    })
    await listener.query('listen freshwave_outbox')
    await database.db.transaction(async (em) => {
      await writeBuildChanges(em, eventId, [1, 2])
      await writeBuildChanges(em, eventId, [3])
      await listener.query('select 1') // what was notified arrives with the next answer
      expect(notices).toBe(0)
    })
    await listener.query('select 1')
    expect(notices).toBe(1)
    await listener.end()
  })
})
