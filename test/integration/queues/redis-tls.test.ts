/** A Redis over TLS that admits only clients with a certificate. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisStore } from '../../../queues/redis.ts'
import { probe } from '../../../queues/redis-probe.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { makeCertificates } from '../../support/servers/certificates.ts'
import { hasRedis, startRedis } from '../../support/servers/redis.ts'

describe.runIf(hasRedis)('a Redis that requires client certificates', () => {
  const files = makeCertificates()
  afterAll(files.remove)
  const ours = {
    REDIS_CERT: files.path('client.crt'),
    REDIS_KEY: files.path('client.key'),
    REDIS_CA: files.path('ca.crt'),
  }

  async function start() {
    const port = await freePort()
    const server = await startRedis({
      'tls-port': String(port),
      'tls-cert-file': files.path('server.crt'),
      'tls-key-file': files.path('server.key'),
      'tls-ca-cert-file': files.path('ca.crt'),
      'tls-auth-clients': 'yes',
    })
    onTestFinished(server.stop)
    return { ...server, plain: server.url, url: `rediss://localhost:${port}` }
  }

  it('is used with the certificate of the settings, by queues and by workers', async () => {
    const { url } = await start()
    expect(await probe(url, ours)).toEqual({ evictionPolicy: 'noeviction' })
    const store = redisStore(url, ours)
    onTestFinished(() => store.close())
    await store.check()
    const done = Promise.withResolvers<unknown>()
    const worker = store.worker('plan', async ({ data }) => done.resolve(data), {})
    const queue = store.queue('plan', {})
    await queue.add('plan', { id: 7 })
    expect(await done.promise).toEqual({ id: 7 })
    await Promise.all([worker.close(), queue.close()])
  })

  it('is not used without a certificate, or with an unknown authority; the reason names the setting', async () => {
    const { url } = await start()
    const { REDIS_CA, ...pair } = ours
    await expect(probe(url, { REDIS_CA })).rejects.toThrow(
      /^the other side requires a client certificate \(ERR_SSL_.*\); see the setting REDIS_CERT$/,
    )
    await expect(probe(url, pair)).rejects.toThrow(
      /^TLS connection not trusted .*; see the setting REDIS_CA$/,
    )
    const store = redisStore(url, pair)
    onTestFinished(() => store.close())
    await expect(store.check()).rejects.toThrow(/see the setting REDIS_CA$/)
  })

  it('gets a renewed certificate at the next connection, and the previous one while the files do not belong together', async () => {
    const { url, plain } = await start()
    files.issue('before', '/CN=before')
    files.issue('after', '/CN=after')
    const [REDIS_CERT, REDIS_KEY] = [files.path('used.crt'), files.path('used.key')]
    const write = (name: string, kind: string) =>
      copyFileSync(files.path(`${name}.${kind}`), files.path(`used.${kind}`))
    write('before', 'crt')
    write('before', 'key')
    const store = redisStore(url, { ...ours, REDIS_CERT, REDIS_KEY })
    onTestFinished(() => store.close())
    await store.check()
    const admin = new Redis(plain)
    onTestFinished(() => admin.disconnect())
    const reconnect = async () => {
      await admin.call('client', 'kill', 'type', 'normal', 'skipme', 'yes')
      await expect.poll(() => store.check().then(() => 'used', String)).toBe('used')
    }
    writeFileSync(REDIS_KEY, 'half a key')
    await reconnect()
    files.issue('strange', '/CN=strange', { authority: 'strange' })
    write('strange', 'crt')
    write('strange', 'key')
    await admin.call('client', 'kill', 'type', 'normal', 'skipme', 'yes')
    await expect
      .poll(() => store.check().catch(String))
      .toMatch(/does not accept our client certificate|ECONNRESET|EPIPE|closed/)
    write('after', 'crt')
    write('after', 'key')
    await reconnect()
  })
})
