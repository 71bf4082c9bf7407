/** Rows that are kept for a limited time go in small statements, without waiting for anything. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../../../../src/db/client.ts'
import { deleteOldRows } from '../../../../src/db/queries/old-rows.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/database/database.ts'

const CHUNK = 5000
const OLD = new Date('2021-01-01')
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  for (const table of ['inbox', 'subjects']) await database.db.fork().execute(`delete from ${table}`)
})

const write = (sql: string) => database.db.fork().execute(sql)
const amount = async (table: string) => {
  const [row] = await database.db.fork().execute<{ n: number }[]>(`select count(*)::int as n from ${table}`)
  return row?.n
}
const deleteOld = (table: Parameters<typeof deleteOldRows>[1]) =>
  deleteOldRows(database.db.fork(), table, OLD)
const writeMessages = (many: number, state: string, at: string) =>
  write(`insert into inbox (message_id, topic, body, properties, state, received_at)
    select '${state} ${at} ' || i, 't', '', '{}', '${state}', '${at}' from generate_series(1, ${many}) i`)

describe('deleting old rows', () => {
  it('takes more than fit in one statement, and no others', async () => {
    await writeMessages(2 * CHUNK + 1, 'done', '2020-01-01')
    await writeMessages(1, 'ignored', '2020-01-01')
    for (const [state, at] of [
      ['new', '2020-01-01'],
      ['failed', '2020-01-01'],
      ['done', '2022-01-01'],
    ] as const)
      await writeMessages(1, state, at)
    expect(await deleteOld('inbox')).toBe(2 * CHUNK + 2)
    expect(await amount('inbox')).toBe(3)
  })

  it('leaves very many to the next time, which other work of the sweep must not wait for', async () => {
    await writeMessages(3 * CHUNK + 7, 'done', '2020-01-01')
    const deleteSome = () => deleteOldRows(database.db.fork(), 'inbox', OLD, 2 * CHUNK)
    expect(await deleteSome()).toBe(2 * CHUNK)
    expect(await deleteSome()).toBe(CHUNK + 7)
  })

  it('leaves a subject that a message is just naming', async () => {
    await write(`insert into subjects (digest, type, identifier, seen_at)
      select i, 'koji_build', 'a-' || i, '2020-01-01' from generate_series(1, 2) i`)
    const naming = createClient(database.url)
    await naming.connect()
    await naming.query("begin; update subjects set seen_at = now() where digest = '1'")
    expect(await deleteOld('subjects')).toBe(1)
    await naming.query('commit')
    await naming.end()
    expect(await deleteOld('subjects')).toBe(0)
    expect(await amount('subjects')).toBe(1)
  })
})
