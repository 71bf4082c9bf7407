/** A pooler in session mode between the service and PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../../../../src/db/notices.ts'
import { openDatabase } from '../../../../src/db/orm.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { WatchedClient } from '../../../../src/lib/stores/watched-client.ts'
import { startTcpProxy } from '../../../support/bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../../../support/database/database.ts'
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../../../support/servers/pgbouncer.ts'

async function connect(address: string): Promise<WatchedClient> {
  const client = new WatchedClient({ connectionString: address })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

describe.skipIf(!hasPgBouncer)('through PgBouncer in session mode', () => {
  let url: string
  let pooler: PgBouncer
  beforeAll(async () => {
    url = await createEmptyDatabase()
    pooler = await startPgBouncer(url, 'session')
  })
  afterAll(async () => {
    await pooler.stop()
    await dropDatabase(url)
  })

  it('a statement goes on while the server works on it, although the pooler names another session', async () => {
    const client = await connect(pooler.url)
    const { rows } = await client.query('select pg_sleep(8), 1 as done')
    expect(rows[0]).toMatchObject({ done: 1 })
  })

  it('a statement fails whose connection to the pooler went half-open in a transaction, and its locks are released', async () => {
    const proxy = await startTcpProxy(new URL(pooler.url))
    onTestFinished(proxy.stop)
    const proxied = new URL(pooler.url)
    proxied.port = String(proxy.port)
    const [cut, other] = [await connect(proxied.href), await connect(pooler.url)]
    await other.query('create table locked (id int); insert into locked values (1)')
    await cut.query('begin')
    await cut.query('select * from locked for update')
    proxy.silence()
    const update = other.query('update locked set id = 2')
    await expect(cut.query('select 1')).rejects.toThrow('the database does not answer on this connection')
    expect((await update).rowCount).toBe(1)
  })

  it('a session that another client had is as statements expect it', async () => {
    const db = openDatabase(pooler.url, 1)
    await db.fork().execute("set timezone = 'Asia/Tokyo'")
    await db.close()
    const next = openDatabase(pooler.url, 1)
    onTestFinished(next.close)
    expect(await next.fork().execute('show timezone')).toEqual([{ TimeZone: 'UTC' }])
  })

  it('notices arrive', async () => {
    const db = openDatabase(pooler.url, 1)
    const { promise: arrived, resolve } = Promise.withResolvers<string>()
    const { promise: listening, resolve: onListening } = Promise.withResolvers<void>()
    const notices = listen({
      url: pooler.url,
      log: createLog('silent'),
      channels: { news: resolve },
      onListening,
      onInterrupted: () => undefined,
      onHeartbeat: () => undefined,
    })
    onTestFinished(async () => {
      await Promise.all([notices.stop(), db.close()])
    })
    await listening
    await db.fork().execute("notify news, 'here'")
    expect(await arrived).toBe('here')
  })
})
