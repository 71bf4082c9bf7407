/** Clients that vanish, and clients that read nothing, leave nothing behind and delay no others. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startWeb, type Web } from '../../../../src/api/server.ts'
import { insertOutboxRows } from '../../../../src/db/queries/messages/outbox.ts'
import { storeEvent } from '../../../support/api/api.ts'
import { openEventSource } from '../../../support/api/event-source.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

let ctx: TestContext
let web: Web
beforeAll(async () => {
  ctx = await createTestContext({ PORT: '0' })
  web = await startWeb(ctx)
})
afterAll(async () => {
  await web.stop()
  await ctx.drop()
})

const openStreams = async () => {
  const text = await (await fetch(`${web.url}/metrics`)).text()
  return Number(/^freshwave_open_streams\{kind="events"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** A stream on a bare socket, which the test reads or not. */
async function openSocket(query = ''): Promise<Socket> {
  const { hostname, port } = new URL(web.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(`GET /api/2/stream${query} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

it.each([
  ['are reset', (socket: Socket) => socket.resetAndDestroy()],
  ['are closed', (socket: Socket) => socket.destroy()],
  ['end in order', (socket: Socket) => socket.end()],
])('200 streams whose sockets %s are all cleaned up', async (_how, leave) => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket()))
  await eventually(openStreams, (count) => count === 200)
  for (const socket of sockets) leave(socket)
  await eventually(openStreams, (count) => count === 0)
})

it('clients that leave before their stream has begun leave nothing behind', async () => {
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket()))
  await Promise.all(sockets.map((socket) => new Promise((sent) => socket.write('', sent))))
  for (const socket of sockets) socket.destroy()
  const last = await openEventSource(`${web.url}/api/2/stream`)
  last.destroy()
  await eventually(openStreams, (count) => count === 0)
})

it('a client that reads nothing is left behind, and another one gets every change meanwhile', async () => {
  const event = await storeEvent(ctx.db)
  const deaf = await openSocket(`?event=${event}`)
  deaf.pause()
  const reader = await openEventSource(`${web.url}/api/2/stream?event=${event}`)
  onTestFinished(reader.destroy)
  await eventually(openStreams, (count) => count === 2)
  const text = 'x'.repeat(100_000)
  // 40 MB: far more than the buffers of the system and the messages that are kept in memory.
  for (let n = 0; n < 400; n += 20) {
    const rows = Array.from({ length: 20 }, (_none, k) => ({
      topic: 'build.state.changed',
      payload: { n: n + k, text },
    }))
    await ctx.db.transaction((em) => insertOutboxRows(em, { eventId: event }, rows, new Date()))
    await reader.count(n + 20)
  }
  expect(reader.events.map(({ data }) => data.n)).toEqual(Array.from({ length: 400 }, (_none, n) => n))
  await eventually(openStreams, (count) => count === 1) // the one that has taken nothing for half a minute
})
