/** The whole system: broker, queue store, database, lab, and two processes of each kind of the service. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalogue } from '../../lab/catalogue/entry.ts'
import type { ScriptedFailure } from '../../lab/services/koji/records.ts'
import { connectionSettings } from '../../lab/settings.ts'
import { type Lab, startLab } from '../../lab/start.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/orm.ts'
import { freePort } from '../../src/lib/loopback.ts'
import { startTcpProxy, type TcpProxy } from '../support/bus/tcp-proxy.ts'
import { type Rabbitmq, startRabbitmq } from '../support/servers/rabbitmq.ts'
import { type RedisServer, startRedis } from '../support/servers/redis.ts'
import type { ChaosOptions } from './arguments.ts'
import { manyAdvisories } from './catalogue.ts'
import { type Part, startPart } from './part.ts'
import { type KillablePostgres, startPostgres } from './postgres.ts'
import { openPublisher, type Publisher } from './publisher.ts'
import { type Subscriber, subscribe } from './subscriber.ts'

/** The queue for messages in, and the one for messages out. */
const [INBOX, OUTBOX] = ['inbox', 'outbox']
const OUT = '/exchange/amq.topic/VirtualTopic.out'
/** Images whose name ends so fail once, so that builds have more than one try. */
const FAILS_ONCE = 'image-3-container'

/** The processes by kind: the first of each is connected directly, the second through the proxies. */
export type Parts = Record<'ingest' | 'worker' | 'web', readonly [Part, Part]>

export type System = {
  broker: Rabbitmq
  redis: RedisServer | undefined
  postgres: KillablePostgres
  lab: Lab
  parts: Parts
  /** Addresses of both web processes. */
  webs: readonly string[]
  /** Between the second process of each kind and the servers. */
  proxies: { broker: TcpProxy; postgres: TcpProxy; redis?: TcpProxy }
  publisher: Publisher
  subscriber: Subscriber
  /** Where the processes write their logs. */
  logs: string
  stop(): Promise<void>
}

/** `fromLab` receives the messages that the lab's services publish. */
type Setup = Pick<ChaosOptions, 'store'> & {
  advisories: number
  fromLab: (topic: string, body: string, properties?: Record<string, unknown>) => void
}

/** Starts everything, and waits for the servers but not for the processes. */
export async function startSystem({ store, advisories, fromLab }: Setup): Promise<System> {
  const [broker, redis, postgres] = await Promise.all([
    startBroker(),
    store === 'redis' ? startRedis() : undefined,
    startPostgres(),
  ])
  const db = openDatabase(postgres.url, 1)
  await migrate(db, postgres.url)
  await db.close()
  const catalogue = manyAdvisories(advisories)
  const lab = await startLab({
    catalogue,
    publish: (topic, body, options) => fromLab(topic, body, options?.properties),
    builder: { parallelism: 32, durationMs: () => 500, failures: failuresOf(catalogue) },
  })
  const proxies = {
    broker: await startTcpProxy(new URL(broker.url)),
    postgres: await startTcpProxy(new URL(postgres.url)),
    ...(redis && { redis: await startTcpProxy(new URL(redis.url)) }),
  }
  const logs = await mkdtemp(join(tmpdir(), 'freshwave-chaos-logs-'))
  const direct = addressesOf(broker.url, postgres.url, redis?.url)
  const proxied = addressesOf(
    through(broker.url, proxies.broker),
    through(postgres.url, proxies.postgres),
    redis && proxies.redis && through(redis.url, proxies.redis),
  )
  const ports = [String(await freePort()), String(await freePort())] as const
  const envs = [direct, proxied].map((addresses, n) => ({
    ...connectionSettings(lab.urls, broker.url),
    ...addresses,
    ...SETTINGS,
    PORT: ports[n] ?? '',
  }))
  const parts = startParts(envs, logs)
  const publisher = openPublisher(broker.url)
  const subscriber = subscribe(broker.url, OUTBOX)
  return {
    broker,
    redis,
    postgres,
    lab,
    parts,
    webs: ports.map((port) => `http://127.0.0.1:${port}`),
    proxies,
    publisher,
    subscriber,
    logs,
    async stop() {
      await Promise.all(Object.values(parts).flatMap((both) => both.map((part) => part.kill())))
      subscriber.close()
      await publisher.close()
      await Promise.all(Object.values(proxies).map((proxy) => proxy?.stop()))
      await lab.stop()
      await Promise.all([broker.stop(), redis?.stop(), postgres.stop()])
    },
  }
}

function startBroker(): Promise<Rabbitmq> {
  return startRabbitmq({
    queues: [INBOX, OUTBOX],
    bindings: [
      { topic: 'VirtualTopic.eng.#', queue: INBOX },
      { topic: 'VirtualTopic.out.#', queue: OUTBOX },
    ],
  })
}

function failuresOf({ images }: Catalogue): Record<string, ScriptedFailure> {
  const failing = images.filter(({ name }) => name.endsWith(FAILS_ONCE))
  return Object.fromEntries(
    failing.map(({ name }) => [name, { times: 1, code: 2001, text: 'Image build failed' }]),
  )
}

/** Two processes of each kind, with the first and the second environment. */
function startParts(envs: readonly Record<string, string>[], logs: string): Parts {
  const start = (program: keyof Parts, name: string, env: Record<string, string> = {}) =>
    startPart(`${program} ${name}`, program, env, join(logs, `${program}-${name}.log`))
  const pair = (program: keyof Parts) => [start(program, 'a', envs[0]), start(program, 'b', envs[1])] as const
  return { ingest: pair('ingest'), worker: pair('worker'), web: pair('web') }
}

const SETTINGS = {
  AMQP_SOURCES: `/amq/queue/${INBOX}`,
  AMQP_TOPIC_PREFIX: OUT,
  DECISION_UPDATE_DESTINATION: `${OUT}.decision.update`,
  POLICIES_DIR: 'conf/policies',
  POLL_INTERVAL_MS: '5000',
  SWEEP_INTERVAL_MS: '5000',
  LOG_LEVEL: 'warn',
}

function addressesOf(amqp: string, database: string, redis: string | undefined): Record<string, string> {
  return { AMQP_URL: amqp, DATABASE_URL: database, ...(redis && { REDIS_URL: redis }) }
}

function through(address: string, { port }: TcpProxy): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href
}
