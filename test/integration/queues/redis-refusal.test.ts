/** A Redis that cannot be used: its own words or those of the connection are reported, not those of the client. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { redisStore } from '../../../queues/redis.ts'
import { probe } from '../../../queues/redis-probe.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { hasRedis, startRedis } from '../../support/servers/redis.ts'

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

it('the service reports the reason of a Redis in protected mode', async () => {
  const url = await serve((socket) => socket.end(`-${DENIED}\r\n`))
  await expect(probe(url)).rejects.toThrow(DENIED)
})

it('the service reports the broken connection where there is no reason', async () => {
  const url = await serve((socket) => socket.resetAndDestroy())
  await expect(probe(url)).rejects.toThrow(/ECONNRESET|EPIPE|Connection is closed/)
})

it('the service reports in the check why there is no connection', async () => {
  const port = await freePort()
  const store = redisStore(`redis://127.0.0.1:${port}`)
  onTestFinished(() => store.close())
  await expect(store.check()).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`)
})

describe.runIf(hasRedis)('a Redis that answers', () => {
  /** A server with these settings, after `commands`. */
  async function prepare(settings: Record<string, string>, ...commands: string[][]): Promise<URL> {
    const server = await startRedis(settings)
    onTestFinished(server.stop)
    const redis = new Redis(server.url, { enableReadyCheck: false }) // a cluster without slots is never ready
    for (const [command = '', ...args] of commands) await redis.call(command, ...args)
    redis.disconnect()
    return new URL(server.url)
  }
  const as = (url: URL, username: string) => Object.assign(new URL(url), { username, password: 'x' }).href
  const withUser = (...rights: string[]) =>
    prepare({}, ['acl', 'setuser', 'me', 'on', '>x', ...rights]).then((url) => as(url, 'me'))

  it('is used by an account with the rights of docs/running.md', async () => {
    const url = await withUser('~bull:*', '+@all', '-@dangerous', '+info')
    expect(await probe(`${url}/3`)).toEqual({ evictionPolicy: 'noeviction' })
  })

  it.each([
    ['keys', ['~freshwave:*', '+@all'], /^NOPERM .* keys/],
    ['INFO', ['~bull:*', '+@all', '-@dangerous'], /^NOPERM .*'info'/],
    ['scripts', ['~bull:*', '+@all', '-@scripting'], /^NOPERM .*'eval'/],
  ])('is refused without the right to %s', async (_what, rights, reason) => {
    await expect(withUser(...rights).then(probe)).rejects.toThrow(reason)
  })

  it('is refused if it has no such database, rather than used with another one', async () => {
    const url = await prepare({})
    await expect(probe(`${url.href}/99`.replace('//99', '/99'))).rejects.toThrow('DB index is out of range')
  })

  it('is refused as a node of a cluster', async () => {
    const url = await prepare({ 'cluster-enabled': 'yes' }, ['cluster', 'addslotsrange', '0', '16383'])
    await expect
      .poll(() => probe(url.href).catch(String))
      .toMatch(/^Error: it is a Redis Cluster, whose nodes/)
  })

  it('is used while it is full or a replica, which may pass, and reports that it drops jobs', async () => {
    const full = await prepare({ 'maxmemory-policy': 'volatile-lru' }, ['config', 'set', 'maxmemory', '1'])
    expect(await probe(full.href)).toEqual({ evictionPolicy: 'volatile-lru' })
    const replica = await prepare({}, ['replicaof', '127.0.0.1', full.port])
    expect(await probe(replica.href)).toEqual({ evictionPolicy: 'noeviction' })
  })
})
