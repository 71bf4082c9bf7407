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

/** The sessions that hold a lock, or wait for it; `ms`: since their last statement began. */
function sessions(name: keyof typeof LOCKS, state: 'granted' | 'not granted') {
  const sql = `select pid, (extract(epoch from clock_timestamp() - query_start) * 1000)::int as ms
    from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and objid = ${LOCKS[name]} and ${state}`
  return withClient(url, async (client) => (await client.query<{ pid: number; ms: number }>(sql)).rows)
}

async function startProxied() {
  const proxy = await startTcpProxy(new URL(url))
  onTestFinished(proxy.stop)
  const proxied = new URL(url)
  proxied.port = String(proxy.port)
  return { proxy, proxied: proxied.href }
}

it('the lock refuses a second holder with the given text when the first one takes too long', async () => {
  const patience = { ms: 10, refusal: 'another import is running' }
  const second = () => withLock({ url, name: 'import', patience }, async () => 'held')
  await withLock({ url, name: 'import' }, async () => {
    await expect(second()).rejects.toThrow('another import is running')
  })
  expect(await second()).toBe('held')
})

it('the lock is waited for and held beyond the limits that are set for the role', async () => {
  const limitMs = 50
  const limits = `-c statement_timeout=${limitMs} -c transaction_timeout=${limitMs}`
  const limited = `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(limits)}`
  const order: string[] = []
  let second: Promise<unknown> | undefined
  await withLock({ url: limited, name: 'import' }, async () => {
    second = withLock({ url: limited, name: 'import' }, async () => order.push('second'))
    await eventually(
      () => sessions('import', 'not granted'),
      (waiting) => waiting.length === 1,
    )
    for (const state of ['not granted', 'granted'] as const) {
      const beyond = await eventually(
        () => sessions('import', state),
        (those) => those.every(({ ms }) => ms > 2 * limitMs),
      )
      expect(beyond).toHaveLength(1)
    }
    order.push('first')
  })
  await second
  expect(order).toEqual(['first', 'second'])
})

it('the lock is given back when the connection of its holder goes half-open', async () => {
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

it('a migration whose connection went half-open fails, and the next one gets the lock', async () => {
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
