import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openQueueStore } from '../../../../queues/connection.ts'
import { openQueues } from '../../../../queues/enqueue.ts'
import { createApp } from '../../../../src/api/app.ts'
import type { Context } from '../../../../src/context.ts'
import { openDatabase } from '../../../../src/db/orm.ts'
import { startApi, type TestApi } from '../../../support/api/api.ts'
import { startRedis } from '../../../support/servers/redis.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

type Check = { ok: boolean; detail: string }
type Readiness = { status: string; checks: Record<'policies' | 'database' | 'queue_store' | 'bus', Check> }

/** The readiness of an app with some parts of its context replaced. */
async function readiness(parts: Partial<Context>) {
  const response = await createApp({ ...api.ctx, ...parts }).request('/health/ready')
  return { status: response.status, body: (await response.json()) as Readiness }
}
const busThatIs = (connected: boolean, detail: string) =>
  ({ check: async () => ({ connected, broker: 'broker-1:5671', detail }) }) as unknown as Context['bus'] // the check uses nothing else

describe('liveness', () => {
  it('is reported as text, like in the original services, and as JSON', async () => {
    const response = await api.request('/healthcheck')
    expect([response.status, await response.text()]).toEqual([200, 'Health check OK'])
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await api.json('/health/live')).toEqual({ status: 'live' })
  })

  it('does not depend on the database', async () => {
    const db = {
      ...api.ctx.db,
      fork: () => {
        throw new Error('gone')
      },
    }
    expect((await createApp({ ...api.ctx, db }).request('/healthcheck')).status).toBe(200)
  })
})

describe('readiness', () => {
  it('lists every dependency with the duration of its check', async () => {
    expect(await api.json('/health/ready')).toEqual({
      status: 'ready',
      troubles: [],
      silent: [],
      handlers_off: [
        'RebuildImagesOnRPMAdvisoryChange is off: ERRATA_URL, PYXIS_GRAPHQL_URL, KOJI_BASE_URL, PULP_URL not set',
        'HandleBotasAdvisory is off: ERRATA_URL, PYXIS_URL, KOJI_BASE_URL, PRODUCT_PAGES_URL not set',
        'RebuildFlatpakApplicationOnModuleReady is off: ERRATA_URL, PYXIS_GRAPHQL_URL, KOJI_BASE_URL, ODCS_URL, FLATPAK_URL not set',
        'RebuildImagesOnAsyncManualBuild is off: PYXIS_GRAPHQL_URL, KOJI_BASE_URL not set',
      ],
      checks: {
        database: { ok: true, detail: expect.stringMatching(/^PostgreSQL \d/), ms: expect.any(Number) },
        queue_store: { ok: true, detail: 'PostgreSQL', ms: expect.any(Number) },
        bus: { ok: true, detail: 'not configured', ms: expect.any(Number) },
        policies: { ok: true, detail: expect.stringMatching(/^16 policies, read 2/), ms: expect.any(Number) },
      },
    })
  })

  it('reports changed policies that cannot be used, and stays ready', async () => {
    const status = () => ({ loadedAt: new Date(0), problems: ['conf/policies/a.yaml:3: is wrong'] })
    const { status: code, body } = await readiness({ policies: { ...api.ctx.policies, status } })
    expect([code, body.checks.policies.detail]).toEqual([
      200,
      '16 policies, read 1970-01-01T00:00:00.000Z; a change since then cannot be used: conf/policies/a.yaml:3: is wrong',
    ])
  })

  it('is 503 when the database does not answer, with the reason but without secrets', async () => {
    const db = {
      ...api.ctx.db,
      fork: () => {
        throw new Error('no route to postgres://user:secret@db/x')
      },
    }
    const { status, body } = await readiness({ db })
    expect(status).toBe(503)
    expect(body.status).toBe('not ready')
    expect(body.checks.database).toMatchObject({ ok: false, detail: 'no route to postgres://user:***@db/x' })
    expect(body.checks.queue_store.ok).toBe(true)
  })

  it('is 503 within two seconds when the queue store accepts connections but never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo // a TCP server, never a pipe
    const store = await openQueueStore({ REDIS_URL: `redis://127.0.0.1:${port}` }, '')
    const queues = openQueues(store, () => undefined)
    const { status, body } = await readiness({ queues })
    expect(status).toBe(503)
    expect(body.checks.queue_store).toMatchObject({ ok: false, detail: 'no answer within 2000 ms' })
    expect(body.checks.database.ok).toBe(true)
    await store.close()
    silent.close()
  })

  it('is 503 while the queue store answers but takes no jobs, or the database takes no changes', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    const store = await openQueueStore({ REDIS_URL: redis.url }, '')
    onTestFinished(store.close)
    const full = new Redis(redis.url)
    await full.config('SET', 'maxmemory', '1')
    full.disconnect()
    const standby = openDatabase(`${api.ctx.databaseUrl}?options=-c%20default_transaction_read_only%3Don`, 1)
    onTestFinished(standby.close)
    const { status, body } = await readiness({ queues: openQueues(store, () => undefined), db: standby })
    expect(status).toBe(503)
    expect(body.checks).toMatchObject({
      queue_store: { ok: false, detail: expect.stringMatching(/^OOM /) },
      database: { ok: false, detail: expect.stringMatching(/^PostgreSQL .* is read-only$/) },
    })
  })

  it('depends on the bus when one is configured', async () => {
    const disconnected = await readiness({ bus: busThatIs(false, 'connection refused') })
    expect(disconnected.status).toBe(503)
    expect(disconnected.body.checks.bus).toMatchObject({
      ok: false,
      detail: 'broker-1:5671: connection refused',
    })
    const connected = await readiness({ bus: busThatIs(true, 'connected') })
    expect(connected.status).toBe(200)
    expect(connected.body.checks.bus).toMatchObject({ ok: true, detail: 'broker-1:5671' })
  })

  it('is 503 when the broker refuses the connection', async () => {
    const disconnected = await startApi({ AMQP_URL: 'amqp://guest:secret@127.0.0.1:1' })
    const { checks } = await disconnected.json('/health/ready', 503)
    expect(checks.bus.ok).toBe(false)
    expect(JSON.stringify(checks)).not.toContain('secret')
    await disconnected.drop()
  })
})
