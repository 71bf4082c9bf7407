/** Users are recorded once (behaviour/freshmaker 1.3). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordUser } from '../../../../src/db/queries/users.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const record = (name: string) => recordUser(ctx.db.fork(), name)

it('a user has one row, also when many requests of it arrive at the same time', async () => {
  await Promise.all(Array.from({ length: 20 }, () => record('han_solo')))
  await record('leia')
  const rows = await ctx.db.fork().execute<{ username: string }[]>('select username from users order by id')
  expect(rows).toEqual([{ username: 'han_solo' }, { username: 'leia' }])
})

it('a known user uses up no id', async () => {
  const lastId = async () => {
    const [row] = await ctx.db.fork().execute<{ id: string }[]>('select last_value as id from users_id_seq')
    return row?.id
  }
  const before = await lastId()
  for (let time = 0; time < 5; time += 1) await record('leia')
  expect(await lastId()).toBe(before)
})

it.each(["o'brien", 'CN=a\\,b,O=Ü', '$1', '--', '?'])('a name is stored as it is: %s', async (name) => {
  await record(name)
  const rows = await ctx.db.fork().execute('select id from users where username = ?', [name])
  expect(rows).toHaveLength(1)
})
