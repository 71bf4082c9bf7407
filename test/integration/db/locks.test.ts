/** A lock across processes is given back whatever happens to its holder. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { withClient } from '../../../src/db/client.ts'
import { LOCKS, withLock } from '../../../src/db/locks.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { openDatabase } from '../../../src/db/orm.ts'
import { messageOf } from '../../../src/lib/errors.ts'
import { startTcpProxy } from '../../support/bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'

let url: string
beforeAll(async () => {
  url = await createEmptyDatabase()
})
afterAll(() => dropDatabase(url))

/** The sessions that hold a lock, or wait for it. */
function sessions(name: keyof typeof LOCKS, state: 'granted' | 'not granted') {
  const sql = `select pid from pg_locks where locktype = 'advisory' and objid = ${LOCKS[name]} and ${state}`
  return withClient(url, async (client) => (await client.query<{ pid: number }>(sql)).rows)
}

async function startProxied() {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  return { proxy, proxied: proxied.href }
}

it('refuses a second holder with the given text when the first one takes too long', async () => {
  const patience = { ms: 10, refusal: 'another import is running' }
  const second = () => withLock({ url, name: 'import', patience }, async () => 'held')
  await withLock({ url, name: 'import' }, async () => {
    await expect(second()).rejects.toThrow('another import is running')
  })
  expect(await second()).toBe('held')
})

it('is waited for and held beyond the limits that are set for the role', async () => {
  const limited = `${url}${url.includes('?') ? '&' : '?'}options=-c%20statement_timeout%3D50%20-c%20transaction_timeout%3D50`
  const order: string[] = []
  let second: Promise<unknown> | undefined
  await withLock({ url: limited, name: 'import' }, async () => {
    second = withLock({ url: limited, name: 'import' }, async () => order.push('second'))
    await eventually(
      () => sessions('import', 'not granted'),
      (waiting) => waiting.length === 1,
    )
    await withClient(url, (client) => client.query('select pg_sleep(0.2)'))
    expect(await sessions('import', 'granted')).toHaveLength(1)
    order.push('first')
  })
  await second
  expect(order).toEqual(['first', 'second'])
})

it('is given back when the connection of its holder goes half-open', async () => {
  const { proxy, proxied } = await startProxied()
  const taken = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const holder = withLock({ url: proxied, name: 'import' }, async () => {
    taken.resolve()
    await end.promise
  })
  await taken.promise
  proxy.silence()
  await eventually(
    () => sessions('import', 'granted'),
    (holders) => holders.length === 0,
  )
  end.resolve()
  await holder
})

it('fails a migration whose connection went half-open, and the next one gets the lock', async () => {
  const { proxy, proxied } = await startProxied()
  const database = openDatabase(proxied, 2)
  onTestFinished(database.close)
  let attempt: Promise<unknown> | undefined
  await withLock({ url, name: 'migrations' }, async () => {
    attempt = migrate(database, proxied).catch(messageOf)
    await eventually(
      () => sessions('migrations', 'not granted'),
      (waiting) => waiting.length === 1,
    )
    proxy.silence()
  })
  expect(await attempt).toMatch('the database does not answer on this connection')
  expect(await migrate(database, proxied)).not.toEqual([])
})
