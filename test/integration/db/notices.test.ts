/** The connection that listens comes back whenever it is lost, and reports that it has missed something. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../../src/db/client.ts'
import { listen } from '../../../src/db/notices.ts'
import { createLog } from '../../../src/lib/log.ts'
import { startTcpProxy } from '../../support/bus/tcp-proxy.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'

let url: string
beforeAll(async () => {
  url = await createEmptyDatabase()
})
afterAll(() => dropDatabase(url))

async function setUp(delayMs = 0) {
  const proxy = await startTcpProxy(new URL(url))
  proxy.slow(delayMs)
  const through = new URL(url)
  through.host = `127.0.0.1:${proxy.port}`
  const received: string[] = []
  let listenings = 0
  let interruptions = 0
  const notices = listen({
    url: through.href,
    log: createLog('silent'),
    channels: {
      first: (payload) => received.push(`first ${payload}`),
      second: (payload) => received.push(`second ${payload}`),
    },
    onListening: () => {
      listenings += 1
    },
    onInterrupted: () => {
      interruptions += 1
    },
    onHeartbeat: () => undefined,
  })
  const sender = createClient(url)
  await sender.connect()
  onTestFinished(async () => {
    await notices.stop()
    await sender.end()
    await proxy.stop()
  })
  return {
    proxy,
    received,
    notices,
    sender,
    listenings: () => listenings,
    interruptions: () => interruptions,
    send: (channel: string, payload: string) => sender.query('select pg_notify($1, $2)', [channel, payload]),
  }
}

it('notifications of each channel reach their handler, in order', async () => {
  const { received, send, listenings } = await setUp()
  await eventually(listenings, (count) => count === 1)
  await send('first', 'a')
  await send('other', 'b')
  await send('second', 'c')
  await eventually(
    () => received,
    (all) => all.length === 2,
  )
  expect(received).toEqual(['first a', 'second c'])
})

it('a lost connection is opened again, as soon as the database is back', async () => {
  const { proxy, received, send, listenings, interruptions } = await setUp()
  await eventually(listenings, (count) => count === 1)
  expect(interruptions()).toBe(0)
  proxy.cut()
  await send('first', 'missed')
  await eventually(interruptions, (count) => count >= 3) // the connection, and each attempt to open it
  proxy.restore()
  await eventually(listenings, (count) => count === 2)
  await send('first', 'b')
  await eventually(
    () => received,
    (all) => all.includes('first b'),
  )
  expect(received).toEqual(['first b'])
})

it('a connection that carries nothing any more, though nothing has ended it, is given up and opened again', async () => {
  const { proxy, received, send, listenings } = await setUp()
  await eventually(listenings, (count) => count === 1)
  proxy.silence()
  await send('first', 'missed')
  await eventually(listenings, (count) => count === 2)
  await send('first', 'b')
  await eventually(
    () => received,
    (all) => all.includes('first b'),
  )
  expect(received).toEqual(['first b'])
})

it('stopping closes the connection, and nothing is opened again', async () => {
  const { notices, sender, listenings } = await setUp()
  await eventually(listenings, (count) => count === 1)
  await notices.stop()
  const sessions = async () => {
    const { rows } = await sender.query(
      "select pid from pg_stat_activity where application_name = 'freshwave notices' and datname = current_database()",
    )
    return rows.length
  }
  await eventually(sessions, (count) => count === 0)
})

it('stopping while a connection is being opened calls no handler any more', async () => {
  const { proxy, notices, listenings } = await setUp(200)
  await eventually(proxy.connections, (count) => count === 1)
  await notices.stop()
  expect(listenings()).toBe(0)
  await eventually(proxy.isInUse, (isInUse) => !isInUse)
})
