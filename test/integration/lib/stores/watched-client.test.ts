/** A connection to PostgreSQL that is half-open or leads to a standby fails what waits on it, and gives back what it has locked. */
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../../../src/db/orm.ts'
import { WatchedClient } from '../../../../src/lib/stores/watched-client.ts'
import { startTcpProxy } from '../../../support/bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../../../support/database/database.ts'

let url: string
beforeAll(async () => {
  url = await createEmptyDatabase()
})
afterAll(() => dropDatabase(url))

async function connect(address: string): Promise<WatchedClient> {
  const client = new WatchedClient({ connectionString: address })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

it('the client fails a statement whose connection went half-open in a transaction, and releases its locks', async () => {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  const [cut, other] = [await connect(proxied.href), await connect(url)]
  await other.query('create table locked (id int); insert into locked values (1)')
  await cut.query('begin')
  await cut.query('select * from locked for update')
  proxy.silence()
  const update = other.query('update locked set id = 2')
  await expect(cut.query('select 1')).rejects.toThrow('the database does not answer on this connection')
  expect((await update).rowCount).toBe(1)
})

it('the client fails the statements of a pool, and later ones get new connections', async () => {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  const db = openDatabase(proxied.href, 1)
  onTestFinished(db.close)
  await db.fork().execute('select 1')
  proxy.silence()
  await expect(db.fork().execute('select 1')).rejects.toThrow('does not answer on this connection')
  expect(await db.fork().execute('select 2 as two')).toEqual([{ two: 2 }])
})

it('the client takes all idle connections of a pool with it, so that only one statement fails', async () => {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  const db = openDatabase(proxied.href, 3)
  onTestFinished(db.close)
  const together = () => Promise.allSettled([1, 2, 3].map(() => db.fork().execute('select pg_sleep(0.1)')))
  await together()
  expect(proxy.connections()).toBe(3)
  proxy.silence()
  await expect(db.fork().execute('select 1')).rejects.toThrow('does not answer on this connection')
  expect((await together()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})

it('the client ends although the server no longer answers', async () => {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  const client = new WatchedClient({ connectionString: proxied.href })
  await client.connect()
  proxy.silence()
  await client.end()
})

it('the client makes the server notice a lost host within a minute', async () => {
  const db = openDatabase(url, 1)
  onTestFinished(db.close)
  expect(await db.fork().execute('show tcp_keepalives_idle')).toEqual([{ tcp_keepalives_idle: '20' }])
})

it('the client lets a statement go on that the server works on, however long that takes', async () => {
  const client = await connect(url)
  const { rows } = await client.query('select pg_sleep(8), 1 as done')
  expect(rows[0]).toMatchObject({ done: 1 })
})

it('the client leaves a server that has become read-only with the first change that it refuses', async () => {
  const db = openDatabase(url, 1)
  onTestFinished(db.close)
  const change = 'create table if not exists changed (id int)'
  for (const refused of [() => db.fork().execute(change), () => db.transaction((em) => em.execute(change))]) {
    await db.fork().execute('set default_transaction_read_only = on')
    await expect(refused()).rejects.toMatchObject({ code: '25006' })
    await vi.waitFor(() => db.fork().execute(change), 60_000)
  }
})
