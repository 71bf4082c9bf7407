/** A Redis that cannot be used: its own words or those of the connection are reported, not those of the client. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { ping, redisStore } from '../../../queues/redis.ts'
import { freePort } from '../../../src/lib/loopback.ts'

const DENIED = 'DENIED Redis is running in protected mode because no password is set for the default user.'

/** A server that hangs up on its first client, and deals with the next ones by `next`. */
async function serve(next: (socket: Socket) => void): Promise<string> {
  let clients = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    clients += 1
    if (clients === 1) socket.resetAndDestroy()
    else next(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}

it('reports what a Redis in protected mode says', async () => {
  const url = await serve((socket) => socket.end(`-${DENIED}\r\n`))
  await expect(ping(url)).rejects.toThrow(DENIED)
})

it('reports the broken connection where nothing is said', async () => {
  const url = await serve((socket) => socket.resetAndDestroy())
  await expect(ping(url)).rejects.toThrow(/ECONNRESET|EPIPE|Connection is closed/)
})

it('reports in the check why there is no connection', async () => {
  const port = await freePort()
  const store = redisStore(`redis://127.0.0.1:${port}`)
  onTestFinished(() => store.close())
  await expect(store.check()).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`)
})
