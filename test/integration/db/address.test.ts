/** DATABASE_URL counts as a whole for every connection, also what follows the name of the database. */
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/db/orm.ts'
import { createTestContext } from '../../support/context.ts'
import { createDatabase, createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'

it('the service makes no connection without TLS when the address requires it', async () => {
  const url = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(url))
  const db = openDatabase(`${url}?sslmode=require`, 1)
  onTestFinished(db.close)
  await expect(db.fork().execute('select 1')).rejects.toThrow('The server does not support SSL connections')
})

it('the service leaves the queues in their own schema when the address has options', async () => {
  const url = await createDatabase()
  const ctx = await createTestContext({ DATABASE_URL: `${url}?options=-c%20statement_timeout%3D45s` })
  onTestFinished(async () => {
    await ctx.close()
    await dropDatabase(url)
  })
  await ctx.queues.enqueue('plan', { eventId: 1 })
  expect(await ctx.queues.byName.plan.getJobCounts('waiting')).toEqual({ waiting: 1 })
  expect(await ctx.db.fork().execute('show statement_timeout')).toEqual([{ statement_timeout: '45s' }])
})
