/** A database whose roles have settings and rights of their own: sessions behave the same everywhere, and missing rights are named. */
import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { postgresStore } from '../../../queues/postgres.ts'
import { withClient } from '../../../src/db/client.ts'
import { createDatabaseClock } from '../../../src/db/database-clock.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { openDatabase } from '../../../src/db/orm.ts'
import { createLog } from '../../../src/lib/log.ts'
import { createTestContext } from '../../support/context.ts'
import { createDatabase, createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'

const DEFAULTS = {
  default_transaction_isolation: "'serializable'",
  datestyle: "'German'",
  timezone: "'Asia/Kolkata'",
  search_path: 'public, pg_catalog',
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** A role that owns nothing, and its address of this database. */
async function createRole(url: string): Promise<{ role: string; address: string }> {
  const role = `role_${randomBytes(6).toString('hex')}`
  await withClient(url, (client) => client.query(`create role ${role} login password 'x'`))
  onTestFinished(async () => {
    await dropDatabase(url)
    await withClient(url.replace(/\/[^/]*$/, '/postgres'), (client) => client.query(`drop role ${role}`))
  })
  const address = new URL(url)
  Object.assign(address, { username: role, password: 'x' })
  return { role, address: address.href }
}

it('a session does not depend on what the database sets for sessions', async () => {
  const url = await createDatabase()
  await withClient(url, async (client) => {
    for (const [name, value] of Object.entries(DEFAULTS))
      await client.query(`alter database ${nameOf(url)} set ${name} = ${value}`)
  })
  const ctx = await createTestContext({ DATABASE_URL: url })
  onTestFinished(async () => {
    await ctx.close()
    await dropDatabase(url)
  })
  await ctx.db.fork().execute('create table numbers as select 0 as value')
  const increments = Array.from({ length: 20 }, () =>
    ctx.db.transaction(async (em) => {
      await em.execute('select value from numbers')
      await em.execute('update numbers set value = value + 1')
    }),
  )
  await Promise.all(increments)
  expect(await ctx.db.fork().execute('select value from numbers')).toEqual([{ value: 20 }])

  const warnings: unknown[] = []
  const log = createLog('silent')
  log.warn = (warning: unknown) => void warnings.push(warning)
  await createDatabaseClock(() => new Date(Date.now() + 3_600_000)).compare(ctx.db, log)
  expect(warnings).toEqual([{ aheadMs: expect.closeTo(3_600_000, -3) }])

  await ctx.queues.enqueue('plan', { eventId: 1 })
  expect(await ctx.queues.byName.plan.getJobCounts('waiting')).toEqual({ waiting: 1 })
})

it('the service keeps its tables in the first schema of the search path, also at the next start', async () => {
  const url = await createEmptyDatabase()
  const { role, address } = await createRole(url)
  // Named after the role, it precedes `public` by default.
  await withClient(url, (client) => client.query(`create schema ${role} authorization ${role}`))
  const start = async () => {
    const database = openDatabase(address, 2)
    return migrate(database, address).finally(database.close)
  }
  expect(await start()).not.toEqual([])
  expect(await start()).toEqual([])
  const elsewhere = `select tablename from pg_tables where schemaname = 'public'`
  expect(await withClient(url, async (client) => (await client.query(elsewhere)).rows)).toEqual([])
})

it('the service continues with the tables in `public` when a schema is named after the role later', async () => {
  const url = await createEmptyDatabase()
  const { role, address } = await createRole(url)
  await withClient(url, (client) => client.query(`grant all on schema public to ${role}`))
  const start = async () => {
    const database = openDatabase(address, 2)
    return migrate(database, address).finally(database.close)
  }
  expect(await start()).not.toEqual([])
  await withClient(url, (client) => client.query(`create schema ${role} authorization ${role}`))
  expect(await start()).toEqual([])
})

it('the service names the setting when the role may create neither tables nor the schema of the queues', async () => {
  const url = await createEmptyDatabase()
  const { address } = await createRole(url)
  const database = openDatabase(address, 1)
  onTestFinished(database.close)
  await expect(migrate(database, address)).rejects.toThrow(
    /^DATABASE_URL: the tables in \S+ cannot be brought up to date: permission denied for schema public$/,
  )
  const queues = postgresStore(address)
  onTestFinished(queues.close)
  await expect(queues.prepare()).rejects.toThrow(
    /^DATABASE_URL: the tables of the queues in \S+ cannot be brought up to date: permission denied for database \w+$/,
  )
})
