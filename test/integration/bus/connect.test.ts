/** Connecting to brokers: failover, retries, TLS, and the publisher that sends for a process. */
import { copyFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Bus, type BusOptions, startBus } from '../../../lab/bus/start.ts'
import { type AmqpSettings, readBrokers } from '../../../src/bus/broker.ts'
import { type BusConnection, connectBus } from '../../../src/bus/connect.ts'
import { openBusPublisher } from '../../../src/bus/publisher.ts'
import { createSender } from '../../../src/bus/send.ts'
import { createLog } from '../../../src/lib/log.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { startTcpProxy } from '../../support/bus/tcp-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { makeCertificates } from '../../support/servers/certificates.ts'

const log = createLog('silent')
const message = {
  address: 'topic://VirtualTopic.x',
  messageId: '1',
  subject: 'x',
  body: '{}',
  createdAt: new Date(),
}

describe('a connection to the bus', () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const item of opened.splice(0).reverse()) await item.close()
  })
  const start = async (options: BusOptions = {}): Promise<Bus> => {
    const bus = await startBus(options)
    opened.push({ close: bus.stop })
    return bus
  }
  const connect = (settings: AmqpSettings): BusConnection => {
    const connection = connectBus(readBrokers(settings), 'connect-test', log)
    opened.push(connection)
    return connection
  }
  const isConnected = (connection: BusConnection) =>
    eventually(
      () => connection.status(),
      ({ connected }) => connected,
    )

  it('uses the next broker when the first is unreachable', async () => {
    const bus = await start()
    const connection = connect({ AMQP_URL: [`amqp://127.0.0.1:${await freePort()}`, bus.url] })
    expect((await isConnected(connection)).broker).toBe(bus.url)
  })

  it('fails over to the second broker when the first dies, and back when the second dies', async () => {
    const [first, second] = [await start(), await start()]
    const connection = connect({ AMQP_URL: [first.url, second.url] })
    expect((await isConnected(connection)).broker).toBe(first.url)
    await first.pause()
    await eventually(
      () => connection.status(),
      ({ connected, broker }) => connected && broker === second.url,
    )
    await first.restart()
    await second.pause()
    await eventually(
      () => connection.status(),
      ({ connected, broker }) => connected && broker === first.url,
    )
  })

  it('retries a broker that refuses the password, and connects once that is fixed', async () => {
    const users: Record<string, string> = { fresh: 'old' }
    const bus = await start({ users })
    const connection = connect({ AMQP_URL: [bus.url.replace('//', '//fresh:n%65w@')] })
    const refused = await eventually(
      () => connection.status(),
      ({ broker }) => broker !== '',
    )
    expect(refused).toMatchObject({ connected: false, broker: bus.url })
    expect(refused.detail).toMatch(/authenticate|SASL|unauthorized/i)
    users.fresh = 'new'
    await isConnected(connection)
  })

  it('notices that a broker has gone away without closing the connection', async () => {
    const bus = await start()
    const line = await startTcpProxy({ hostname: '127.0.0.1', port: String(bus.port) })
    const connection = connect({ AMQP_URL: [`amqp://127.0.0.1:${line.port}`] })
    await isConnected(connection)
    await line.stop()
    await eventually(
      () => connection.status(),
      ({ connected }) => !connected,
    )
  })

  it('waits twice as long before each further attempt at an unreachable broker', async () => {
    const port = await freePort()
    const attempts: number[] = []
    const connection = connectBus(
      readBrokers({ AMQP_URL: [`amqp://127.0.0.1:${port}`] }),
      'connect-test',
      Object.assign(createLog('silent'), {
        warn: () => {
          attempts.push(performance.now())
        },
      }),
    )
    opened.push(connection)
    await eventually(
      () => attempts.length,
      (count) => count >= 5,
    )
    const pauses = attempts.slice(1, 5).map((at, n) => at - (attempts[n] ?? 0))
    // Some of a pause is chance; a busy machine makes it longer, never shorter.
    for (const [n, shortest] of [50, 100, 200, 400].entries()) expect(pauses[n]).toBeGreaterThan(shortest - 2)
  })

  it('closes while it waits to connect again', async () => {
    const connection = connectBus(readBrokers({ AMQP_URL: ['amqp://127.0.0.1:1'] }), 'connect-test', log)
    await eventually(
      () => connection.status(),
      ({ broker }) => broker !== '',
    )
    await connection.close()
  })

  describe('over TLS', () => {
    const files = makeCertificates()
    afterAll(files.remove)
    const tls = { key: files.pem('server.key'), cert: files.pem('server.crt'), ca: files.pem('ca.crt') }
    const settings = {
      AMQP_CERT: files.path('client.crt'),
      AMQP_KEY: files.path('client.key'),
      AMQP_CA: files.path('ca.crt'),
    }

    it('presents its client certificate and sends', async () => {
      const bus = await start({ tls })
      const connection = connect({ AMQP_URL: [bus.url], ...settings })
      await createSender(connection).send(message)
      expect(bus.received('VirtualTopic.x')).toHaveLength(1)
    })

    it('logs in with the certificate alone if the URL requests it', async () => {
      const bus = await start({ tls, external: true })
      const plain = connect({ AMQP_URL: [bus.url], ...settings })
      const external = connect({ AMQP_URL: [`${bus.url}?sasl=external`], ...settings })
      await isConnected(external)
      expect(plain.status().connected).toBe(false)
    })

    it('is refused without a certificate', async () => {
      const bus = await start({ tls })
      const connection = connect({ AMQP_URL: [bus.url], AMQP_CA: settings.AMQP_CA })
      await expect(createSender(connection, 1000).send(message)).rejects.toThrow(
        /not connected: the other side requires a client certificate \(ERR_SSL_.*\); see the setting AMQP_CERT/,
      )
    })

    it('does not trust a broker whose certificate is signed by an unknown authority', async () => {
      const bus = await start({ tls })
      const { AMQP_CERT, AMQP_KEY } = settings
      const connection = connect({ AMQP_URL: [bus.url], AMQP_CERT, AMQP_KEY })
      await expect(createSender(connection, 1000).send(message)).rejects.toThrow(
        /TLS connection not trusted \(SELF_SIGNED_CERT_IN_CHAIN\): self-signed certificate .*; see the setting AMQP_CA/,
      )
    })

    it('does not trust a broker whose certificate has another name', async () => {
      const bus = await start({ tls })
      const connection = connect({ AMQP_URL: [bus.url.replace('localhost', '127.0.0.1')], ...settings })
      await expect(createSender(connection, 1000).send(message)).rejects.toThrow(/altnames/)
    })

    it('presents the certificate that is on disk when it connects', async () => {
      const bus = await start({ tls })
      files.issue('renewed', '/CN=freshwave')
      files.issue('other', '/CN=freshwave')
      const [cert, key] = [files.path('renewed.crt'), files.path('renewed.key')]
      const connection = connect({
        AMQP_URL: [bus.url],
        AMQP_CA: settings.AMQP_CA,
        AMQP_CERT: cert,
        AMQP_KEY: key,
      })
      await isConnected(connection)
      await bus.pause()
      copyFileSync(files.path('other.key'), key)
      await bus.restart()
      await eventually(
        () => connection.status().detail,
        (detail) => /key values mismatch/.test(detail),
      )
      copyFileSync(files.path('other.crt'), cert)
      expect(await isConnected(connection)).toMatchObject({ connected: true })
    })

    it('names the setting whose file does not exist', () => {
      const broken = { AMQP_URL: ['amqps://localhost'], ...settings, AMQP_CA: '/nowhere/ca.crt' }
      expect(() => readBrokers(broken)).toThrow(/AMQP_CA: ENOENT.*\/nowhere\/ca\.crt/)
    })
  })

  describe('as the publisher of a process', () => {
    it('is opened only when something is sent or checked', async () => {
      const bus = await start()
      const publisher = openBusPublisher({ AMQP_URL: [bus.url] }, log)
      if (!publisher) throw new Error('no publisher')
      opened.push(publisher)
      expect(await publisher.check(2000)).toMatchObject({ connected: true, broker: bus.url })
      await publisher.send(message)
      await bus.pause()
      await eventually(
        () => publisher.check(50),
        ({ connected }) => !connected,
      )
    })

    it('reports in time that the bus is unreachable', async () => {
      const publisher = openBusPublisher({ AMQP_URL: [`amqp://127.0.0.1:${await freePort()}`] }, log)
      if (!publisher) throw new Error('no publisher')
      opened.push(publisher)
      expect(await publisher.check(300)).toMatchObject({
        connected: false,
        detail: expect.stringContaining('ECONNREFUSED'),
      })
    })

    it('is undefined when no bus is configured', () => {
      expect(openBusPublisher({ AMQP_URL: [] }, log)).toBeUndefined()
    })
  })
})
